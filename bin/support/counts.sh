# shellcheck shell=bash
# Adds up what test runners say in their closing lines: cargo test, cargo nextest
# and Playwright.

# count_tests LOG…: prints PASSED FAILED
count_tests() {
	sed "s/$(printf '\033')\\[[0-9;]*[A-Za-z]//g" "$@" | awk '
		function before(word, i) {
			for (i = 2; i <= NF; i++) if ($i ~ "^" word "[;,.]?$") return $(i - 1) + 0
			return 0
		}
		/^test result: / { passed += before("passed"); failed += before("failed") }
		/^ *Summary \[.* tests? run: / {
			ran = before("tests?")
			passed += before("passed")
			failed += ran - before("passed")
		}
		/^ *[0-9]+ (passed|flaky)( \(.*\))?$/ { passed += $1 }
		/^ *[0-9]+ (failed|interrupted)$/ { failed += $1 }
		END { print passed + 0, failed + 0 }
	'
}
