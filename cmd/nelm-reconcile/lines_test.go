package main

import (
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// lines stdout|stderr FILE: the last command's output has as many lines as FILE, and each is matched whole by the regular
// expression in that line of FILE.
func scriptLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines stdout|stderr FILE")
	}
	text := ts.ReadFile(args[0])
	got, want := strings.Split(text, "\n"), strings.Split(ts.ReadFile(args[1]), "\n")
	for i, w := range want {
		matches, err := regexp.Compile("^(?:" + w + ")$")
		ts.Check(err)
		if i >= len(got) || !matches.MatchString(got[i]) {
			ts.Fatalf("line %d of %s is not %q:\n%s", i+1, args[0], w, text)
		}
	}
	if len(got) > len(want) {
		ts.Fatalf("%s has %d lines more than %s:\n%s", args[0], len(got)-len(want), args[1], text)
	}
}
