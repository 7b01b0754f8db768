//! Several nodes on one PostgreSQL database, each a process of its own, and a balancer before them.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use parlance::domain::{
    id::{ChatId, MessageId},
    message::Message,
};

use super::{
    client::{Client, Started},
    database::TestDatabase,
    postgres::Postgres,
    process::{Launch, TestProcess},
    upstream::Upstream,
    wait::soon,
};

/// Nodes that share nothing but their database, and the model that they ask.
pub struct Cluster {
    /// The model.
    pub upstream: Upstream,
    /// The nodes.
    pub nodes: Vec<TestProcess>,
    /// What they share.
    pub database: Arc<TestDatabase>,
}

impl Cluster {
    /// So many nodes on the server that all tests share.
    pub async fn start(nodes: usize) -> Self {
        Self::start_on(TestDatabase::postgres(), nodes).await
    }

    /// The same, on which people sign in.
    pub async fn with_sign_in(nodes: usize) -> Self {
        Self::start_as(TestDatabase::postgres(), nodes, |launch| launch.variable("PARLANCE_AUTH", "on")).await
    }

    /// The same, on which models are asked for titles.
    pub async fn with_titles(nodes: usize) -> Self {
        Self::start_as(TestDatabase::postgres(), nodes, |launch| launch.variable("PARLANCE_TITLES", "on")).await
    }

    /// So many nodes on a server of the test's own.
    pub async fn start_at(server: &Postgres, nodes: usize) -> Self {
        Self::start_on(TestDatabase::postgres_of(&server.url()), nodes).await
    }

    /// The same, on which people sign in.
    pub async fn start_with_sign_in_at(server: &Postgres, nodes: usize) -> Self {
        let database = TestDatabase::postgres_of(&server.url());
        Self::start_as(database, nodes, |launch| launch.variable("PARLANCE_AUTH", "on")).await
    }

    /// So many nodes that reach this server by another address.
    pub async fn start_through(address: SocketAddr, nodes: usize) -> Self {
        Self::start_on(TestDatabase::postgres_of(&format!("postgres://parlance@{address}/postgres")), nodes).await
    }

    async fn start_on(database: TestDatabase, nodes: usize) -> Self {
        Self::start_as(database, nodes, |launch| launch).await
    }

    async fn start_as(database: TestDatabase, nodes: usize, change: impl Fn(Launch) -> Launch) -> Self {
        let (upstream, database) = (Upstream::start().await, Arc::new(database));
        let launch = || change(Launch::new(&upstream).on(&database)).start();
        let nodes = join_all((0..nodes).map(|_| launch())).await;
        Self { upstream, nodes, database }
    }

    /// How one more node would be started.
    pub fn launch(&self) -> Launch {
        Launch::new(&self.upstream).on(&self.database)
    }

    /// Someone who uses this node.
    pub fn client(&self, node: usize) -> &Client {
        &self.nodes[node].client
    }

    /// The database's URL.
    pub fn url(&self) -> String {
        self.database.url()
    }

    /// Which of the nodes writes a reply, by its log.
    pub async fn writer_of(&self, reply: MessageId) -> usize {
        let begins =
            |log: &str| log.lines().any(|line| line.contains("the reply begins") && line.contains(&reply.to_string()));
        soon("a node to write the reply", async {
            loop {
                if let Some(node) = self.nodes.iter().position(|node| begins(&node.log())) {
                    return node;
                }
                // Not without a pause: the node needs the processor more than whoever waits for it.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
    }

    /// A message as this node shows it, once it has ended.
    pub async fn ended(&self, node: usize, started: Started) -> Message {
        self.client(node).follow_to_end(started.reply, 0).await;
        self.client(node).message(started.chat, started.reply).await
    }

    /// The messages of a chat, as this node shows them.
    pub async fn messages(&self, node: usize, chat: ChatId) -> Vec<Message> {
        self.client(node).chat(chat).await.messages
    }
}

/// A balancer, in a process of its own.
pub struct Balancer {
    /// Someone who comes in through it.
    pub client: Client,
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
}

impl Balancer {
    /// Before these nodes.
    pub fn before(nodes: &[TestProcess]) -> Self {
        Self::to(nodes.iter().map(|node| node.address.to_string()))
    }

    /// Before these addresses.
    pub fn to(addresses: impl IntoIterator<Item = String>) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_balancer"))
            .arg("127.0.0.1:0")
            .args(addresses)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the balancer to start");
        let mut said = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut said).expect("a line");
        let address: SocketAddr = said.trim().rsplit('/').next().and_then(|at| at.parse().ok()).expect("an address");
        Self { client: Client::new(address), address, process }
    }

    /// Takes everything and passes nothing on, as a network does that has lost its other half.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Passes on again, what has come meanwhile included.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        Command::new("kill").args([format!("-{name}"), self.process.id().to_string()]).status().expect("kill");
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = (self.process.kill(), self.process.wait());
    }
}
