package sandbox

import (
	"bytes"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// update writes the tables of the docs page anew: go test ./pkg/sandbox -run Docs -update
var update = flag.Bool("update", false, "write the tables of docs/sandbox.md anew")

const docsPage = "../../docs/sandbox.md"

func readDocs(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(docsPage)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// The tables of the docs page are those of the code; the one of operations links each to its test, which must be there.
func TestDocsHaveTheTablesOfTheCode(t *testing.T) {
	page := readDocs(t)
	for name, table := range map[string]string{"operations": operationsTable(t), "switches": switchesTable(), "faults": faultsTable()} {
		begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
		from, to := strings.Index(page, begin), strings.Index(page, end)
		if from < 0 || to < from {
			t.Fatalf("the page has no place for %s", name)
		}
		from += len(begin)
		if *update {
			page = page[:from] + table + page[to:]
		} else if page[from:to] != table {
			t.Errorf("the table of %s is not that of the code: run go test ./pkg/sandbox -run Docs -update", name)
		}
	}
	if *update {
		if err := os.WriteFile(docsPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func operationsTable(t *testing.T) string {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{} // name → file
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(t `).FindAllSubmatch(raw, -1) {
			tests[string(m[1])] = file
		}
	}
	var b strings.Builder
	b.WriteString("| # | Operation | Method and path | Token | Short name | Test |\n|---|---|---|---|---|---|\n")
	n := 0
	for _, op := range operations() {
		if !strings.Contains(op.path, "/non-employee-") {
			continue
		}
		n++
		test := "Test" + strings.ToUpper(op.id[:1]) + op.id[1:]
		if tests[test] == "" {
			t.Errorf("%s has no test %s", op.id, test)
		}
		token := "any"
		if op.userOnly {
			token = "user"
		}
		fmt.Fprintf(&b, "| %d | %s | %s `%s` | %s | `%s` | [%s](../pkg/sandbox/%s) |\n", n, op.id, op.method, op.path, token, op.alias, test, tests[test])
	}
	if n != 32 {
		t.Errorf("%d operations, want the 32 of the description", n)
	}
	return b.String()
}

func switchesTable() string {
	var b strings.Builder
	b.WriteString("| Point | Switch | Values, the default first | What is open | Why this default |\n|---|---|---|---|---|\n")
	for _, sw := range Switches() {
		values := "**" + sw.Default + "**"
		for _, v := range sw.Values {
			if v != sw.Default {
				values += ", " + v
			}
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", sw.Item, sw.Name, values, sw.Asks, sw.Why)
	}
	return b.String()
}

func faultsTable() string {
	var b strings.Builder
	b.WriteString("| Kind | Value | What it does |\n|---|---|---|\n")
	for _, k := range FaultKinds() {
		value := k.Value
		if k.Default != "" {
			value += ", default " + k.Default
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Name, value, k.Does)
	}
	return b.String()
}

// The tour is run as a new user would run it, with nothing but a shell and curl.
func TestDocsTourWithCurl(t *testing.T) {
	for _, tool := range []string{"sh", "curl", "sed", "grep"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the tour needs %s: %v", tool, err)
		}
	}
	_, tour, found := strings.Cut(readDocs(t), "## A tour with curl\n")
	tour, _, ends := strings.Cut(tour, "\n## ")
	if !found || !ends {
		t.Fatal("the page has no tour")
	}
	script := "set -e\n"
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(tour, -1) {
		script += m[1] + "\necho\n"
	}
	box, err := New(Options{Jobs: JobTiming{Queued: -1, Running: -1}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box)
	defer server.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sandbox.env"), box.Env(server.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, stderr.Bytes())
	}
	for _, want := range []string{
		`"technicalName":"vendor"`, `"status":"PENDING"`, `{"status":"COMPLETED"}`, "X-Total-Count: 2", `"endDate":"2027-06-30T23:59:59Z"`,
		"a.turing,Alan,Turing,+44 20 7946 0000,a.turing@example.com,sandbox.manager,2026-01-05T00:00:00Z,2027-06-30T23:59:59Z,Bletchley", "\n204\n",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s is not in what the tour shows:\n%s", want, out)
		}
	}
	if counts := box.Counts(); counts.Statuses[200] < 8 || counts.Statuses[202] != 1 || counts.Statuses[204] != 2 || len(counts.Statuses) != 3 {
		t.Errorf("statuses %v", counts.Statuses)
	}
}

// The examples of the page are ones that the sandbox takes.
func TestDocsExamplesAreTaken(t *testing.T) {
	page := readDocs(t)
	for _, m := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(page, -1) {
		if strings.Contains(m[1], faultsKind) {
			if _, err := ReadFaults(strings.NewReader(m[1])); err != nil {
				t.Error(err)
			}
			continue
		}
		seed, err := ReadSeed(strings.NewReader(m[1]))
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := New(Options{Seed: seed}); err != nil {
			t.Error(err)
		}
	}
	_, faults, _ := strings.Cut(page, "## Faults\n")
	found := regexp.MustCompile("(?m)^\\| `([a-z-]+:[^`]+)` \\|").FindAllStringSubmatch(faults, -1)
	if len(found) < 5 {
		t.Errorf("the page has %d examples of faults", len(found))
	}
	for _, m := range found {
		if _, err := ParseFault(m[1]); err != nil {
			t.Error(err)
		}
	}
}
