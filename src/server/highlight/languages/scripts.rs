//! Languages that are mostly interpreted, and those that are like nothing else.

use super::{
    BRACES, HASHES, Keys, LINE, LINES, Language, Quote, RAW, SINGLE, SINGLE_LINES, SINGLE_RAW, TRIPLE, TRIPLE_SINGLE,
    Trait::*,
};

pub(super) const ALL: &[Language] = &[
    Language {
        names: "python py python3 py3 ipython starlark gdscript",
        keywords: "and as assert async await break case class continue def del elif else except finally for from func \
            global if import in is lambda match nonlocal not or pass raise return try type var while with yield",
        constants: "True False None self cls",
        types: "bool bytearray bytes complex dict float frozenset int list object set str tuple",
        prefixes: "r b f u t br rb fr rf R B F U",
        quotes: &[TRIPLE, TRIPLE_SINGLE, LINE, SINGLE],
        traits: &[Calls, Capitals],
        ..HASHES
    },
    Language {
        names: "ruby rb erb crystal",
        keywords: "alias and begin break case class def defined? do else elsif end ensure extend for if in include module \
            next not or private protected public raise redo require require_relative rescue retry return super then undef \
            unless until when while yield attr_accessor attr_reader attr_writer",
        constants: "true false nil self",
        word_parts: "?!",
        sigils: "@$",
        quotes: &[LINES, SINGLE_LINES, RAW],
        traits: &[Calls, Capitals, Patterns, SpacedComments, Symbols],
        ..HASHES
    },
    Language {
        names: "php",
        comments: &[("//", "\n"), ("#", "\n"), ("/*", "*/")],
        keywords: "abstract and array as break callable case catch class clone const continue declare default do echo else \
            elseif enum extends final finally fn for foreach function global if implements include include_once instanceof \
            insteadof interface match namespace new or print private protected public readonly require require_once return \
            static switch this throw trait try unset use var while xor yield php",
        types: "bool float int iterable mixed never object string void",
        sigils: "$",
        quotes: &[LINES, SINGLE_LINES],
        traits: &[Attributes, Calls, Capitals],
        ..BRACES
    },
    Language {
        names: "perl pl pm",
        keywords: "and cmp do else elsif eq eval for foreach ge given gt if last le local lt my ne next no not or our \
            package print redo require return say sub unless until use when while",
        constants: "undef",
        sigils: "$@%",
        quotes: &[LINES, SINGLE_LINES],
        traits: &[Calls, Capitals, Patterns, SpacedComments],
        ..HASHES
    },
    Language {
        names: "bash sh shell zsh ksh fish console shell-session shellscript shellsession",
        keywords: "alias break case cd continue declare do done echo elif else end esac eval exec exit export fi for function \
            if in local read readonly return select set shift source sudo test then time trap unset until while",
        word_parts: "-",
        sigils: "$",
        quotes: &[LINES, SINGLE_RAW, RAW],
        at: "",
        traits: &[SpacedComments],
        ..HASHES
    },
    Language {
        names: "powershell ps1 pwsh ps",
        comments: &[("<#", "#>"), ("#", "\n")],
        keywords: "begin break catch class continue data do dynamicparam else elseif end enum exit filter finally for foreach \
            from function hidden if in param process return static switch throw trap try until using while",
        word_parts: "-",
        sigils: "$",
        quotes: &[Quote { escapes: false, ..LINES }, SINGLE_RAW],
        at: "",
        traits: &[Capitals, IgnoresCase],
        ..HASHES
    },
    Language {
        names: "lua luau",
        comments: &[("--[[", "]]"), ("--", "\n")],
        keywords: "and break continue do else elseif end export for function goto if in local not or repeat return then type \
            until while",
        constants: "true false nil self",
        quotes: &[LINE, SINGLE, Quote { open: "[[", close: "]]", lines: true, escapes: false }],
        ..BRACES
    },
    Language {
        names: "r rscript",
        keywords: "break else for function if in library next repeat require return while",
        constants: "TRUE FALSE NULL NA Inf NaN",
        word_parts: ".",
        quotes: &[LINES, SINGLE_LINES],
        traits: &[Calls],
        ..HASHES
    },
    Language {
        names: "julia jl",
        comments: &[("#=", "=#"), ("#", "\n")],
        keywords: "abstract baremodule begin break catch const continue do else elseif end export finally for function global \
            if import in isa let local macro module mutable primitive quote return struct try type using where while",
        constants: "true false nothing missing",
        word_parts: "!",
        quotes: &[TRIPLE, LINES, RAW],
        at: "function",
        ..HASHES
    },
    Language {
        names: "elixir ex exs",
        keywords: "after alias and case catch cond def defexception defimpl defmacro defmodule defp defprotocol defstruct do \
            else end fn for if import in not or quote raise receive require rescue reraise super try unless unquote use when \
            with",
        constants: "true false nil",
        word_parts: "?!",
        quotes: &[TRIPLE, LINES, SINGLE_LINES],
        traits: &[Calls, Capitals, Symbols],
        ..HASHES
    },
    Language {
        names: "erlang erl",
        comments: &[("%", "\n")],
        keywords: "after and andalso begin case catch end fun if not of or orelse receive try when xor",
        constants: "true false undefined ok error",
        quotes: &[LINES, SINGLE],
        ..BRACES
    },
    Language {
        names: "haskell hs purescript elm lean idris",
        comments: &[("{-", "-}"), ("--", "\n")],
        keywords: "as case class data default deriving do else exposing family forall foreign hiding if import in infix infixl \
            infixr instance let module newtype of port qualified then type where",
        constants: "",
        word_parts: "'",
        quotes: &[LINES],
        traits: &[Capitals, NestedComments],
        ..BRACES
    },
    Language {
        names: "ocaml ml f# fs fsharp sml reason",
        comments: &[("(*", "*)"), ("//", "\n")],
        keywords: "abstract and as assert begin class constraint do done downto else end exception external for fun function \
            functor if in include inherit initializer lazy let match member method module mutable namespace new object of \
            open override private rec sig static struct then to try type use val virtual when while with yield",
        types: "bool char float int list option string unit",
        word_parts: "'",
        quotes: &[TRIPLE, LINES],
        traits: &[Capitals, NestedComments],
        ..BRACES
    },
    Language {
        names: "clojure clj cljs edn lisp scheme racket elisp emacs-lisp common-lisp",
        comments: &[(";", "\n"), ("#|", "|#")],
        keywords: "and case cond def define defmacro defmethod defmulti defn defn- defprotocol defrecord defun defvar do doseq \
            dotimes fn for if if-let lambda let let* letrec loop ns or progn quote recur require setq unless when when-let",
        constants: "true false nil t",
        word_parts: "-*?!+<>=",
        quotes: &[LINES],
        traits: &[Symbols],
        ..BRACES
    },
    Language {
        names: "sql mysql postgres postgresql psql sqlite plsql tsql mssql plpgsql bigquery clickhouse duckdb",
        comments: &[("--", "\n"), ("/*", "*/")],
        keywords: "add all alter analyze and any as asc begin between by cascade case check collate column commit conflict \
            constraint create cross database declare default delete desc distinct do drop each else end except exists explain \
            fetch filter for foreign from full function group having if ignore ilike in index inner insert intersect into is \
            join key language lateral left like limit materialized natural not nothing of offset on or order outer over \
            partition pragma primary procedure recursive references replace restrict returning returns right rollback row \
            rows schema select set table temporary then to transaction trigger truncate union unique update using vacuum \
            values view when where window with",
        constants: "true false null current_timestamp current_date",
        types: "bigint bigserial blob boolean bytea char date datetime decimal double float int integer interval json jsonb \
            numeric real serial smallint text time timestamp timestamptz uuid varchar",
        quotes: &[SINGLE_RAW, Quote { escapes: false, ..LINES }, RAW],
        traits: &[Calls, IgnoresCase],
        ..BRACES
    },
    Language {
        names: "graphql gql",
        keywords: "directive enum extend fragment implements input interface mutation on query scalar schema subscription type \
            union",
        quotes: &[TRIPLE, LINE],
        sigils: "$",
        ..HASHES
    },
    Language {
        names: "nix",
        comments: &[("#", "\n"), ("/*", "*/")],
        keywords: "assert builtins else if import in inherit let or rec then with",
        constants: "true false null",
        word_parts: "-'",
        quotes: &[Quote { open: "''", close: "''", lines: true, escapes: false }, LINES],
        keys: Keys::OfLine('='),
        traits: &[],
        ..BRACES
    },
    Language {
        names: "matlab octave",
        comments: &[("%", "\n")],
        keywords: "break case catch classdef continue else elseif end for function global if methods otherwise parfor \
            persistent properties return switch try while",
        quotes: &[LINE, SINGLE],
        traits: &[Calls],
        ..BRACES
    },
    Language {
        names: "latex tex bibtex",
        comments: &[("%", "\n")],
        constants: "",
        quotes: &[],
        traits: &[Commands],
        ..BRACES
    },
];
