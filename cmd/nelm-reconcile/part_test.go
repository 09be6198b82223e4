package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// The rows of a list that failed are read as the list was, whatever so few words would tell, and nobody is missing from them.
func TestAPartIsReadAsItsList(t *testing.T) {
	t.Chdir(t.TempDir())
	header := "accountName,firstName,lastName,phone,email,manager,startDate,endDate"
	list := header + "\n"
	for i, name := range []string{"Jiří,Novák", "Šárka,Dvořáková", "Zdeněk,Čermák", "Přemysl,Růžička", "Ondřej,Kučera"} {
		list += fmt.Sprintf("p%d,%s,+48605834631,p%d@example.com,jane.doe,2026-01-05,2026-12-31\n", i, name, i)
	}
	bad := strings.Replace(list, "p4@example.com", "p4", 1)
	coded, err := charmap.Windows1250.NewEncoder().String(bad)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"template.csv": header + "\n", "list.csv": coded, "source.csv": list} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, _, stderr := here(t, false, "validate", "list.csv", "--schema", "template.csv", "--time-zone", "UTC", "--as-of", "2026-02-01")
	_, rest, _ := strings.Cut(stderr, "nelm-reconcile validate ")
	next, _, _ := strings.Cut(rest, "\n")
	words := strings.Fields(next)
	if code != exitInvalid || len(words) == 0 || words[0] != "list.failed.csv" || !strings.HasSuffix(next, " --encoding windows-1250") {
		t.Fatalf("exit %d, want the next command with the encoding: %s", code, stderr)
	}
	failed, err := os.ReadFile(words[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(words[0], []byte(strings.Replace(string(failed), ",p4,jane.doe", ",p4@example.com,jane.doe", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"diff"}, words...)
	code, stdout, stderr := here(t, false, append(args, "--against", "source.csv", "--exit-code")...)
	if code != exitOK || strings.Contains(stdout, "missing") || !strings.Contains(stdout, "= same          1") || !strings.Contains(stderr, "nobody is missing from it") {
		t.Errorf("exit %d, want the one row to be the same, and nobody missing:\n%s%s", code, stdout, stderr)
	}
}
