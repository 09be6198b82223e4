package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Every command has an example, and what an example says can be typed: the command is there, and so are its flags.
func TestEveryCommandHasExamplesThatCanBeTyped(t *testing.T) {
	fresh := func() *cobra.Command {
		return newRoot(&app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard})
	}
	var all func(cmd *cobra.Command, each func(*cobra.Command))
	all = func(cmd *cobra.Command, each func(*cobra.Command)) {
		for _, c := range cmd.Commands() {
			each(c)
			all(c, each)
		}
	}
	n := 0
	all(fresh(), func(c *cobra.Command) {
		n++
		of := 0
		for line := range strings.Lines(c.Example) {
			if !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: %q is not set in by two spaces", c.CommandPath(), line)
			}
			words := typed(line)
			if len(words) == 0 || words[0] != "nelm-reconcile" {
				continue // what another program does
			}
			found, args, err := fresh().Find(words[1:])
			if err == nil {
				err = found.ParseFlags(args)
			}
			if err == nil {
				err = found.ValidateArgs(found.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: %s: %v", c.CommandPath(), strings.TrimSpace(line), err)
			} else if strings.HasPrefix(found.CommandPath()+" ", c.CommandPath()+" ") {
				of++
			}
		}
		if of == 0 {
			t.Errorf("%s has no example of itself", c.CommandPath())
		}
	})
	if n < 17 {
		t.Errorf("only %d commands were looked at", n)
	}
}

// typed are the words of the first command in a line, as a shell takes them apart.
func typed(line string) []string {
	var words []string
	for _, w := range regexp.MustCompile(`("[^"]*"|'[^']*'|\S)+`).FindAllString(line, -1) {
		if w == "|" || w == "&&" || strings.HasPrefix(w, "#") {
			break
		}
		words = append(words, strings.NewReplacer(`"`, "", `'`, "").Replace(w))
	}
	return words
}
