package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/nelm-reconcile/nelm-reconcile/"

// The arrows of ARCHITECTURE.md: what each package may import of ours, directly or not. A package that is not listed fails
// the test, so that a new one has to be given its place.
var arrows = map[string][]string{
	"pkg/schema":           {},
	"pkg/csvio":            {"pkg/schema"},
	"pkg/diff":             {"pkg/schema"},
	"pkg/plan":             {"pkg/schema", "pkg/diff"},
	"pkg/apply":            {"pkg/schema", "pkg/diff", "pkg/plan"},
	"pkg/nelm":             {"pkg/schema"},
	"pkg/sandbox":          {},
	"pkg/sandbox/contract": {},
	"internal/gen":         {},
	"internal/gen/cmd/gen": {"internal/gen"},
	"internal/heap":        {},
	"internal/state":       {},
	"internal/report":      {"pkg/schema", "pkg/diff", "pkg/plan", "pkg/apply"},
	"testdata":             {},
	"docs/findings":        {},
	"cmd/nelm-reconcile": {
		"pkg/schema", "pkg/csvio", "pkg/diff", "pkg/plan", "pkg/apply", "pkg/nelm", "pkg/sandbox",
		"internal/heap", "internal/report", "internal/state", "testdata", "docs/findings",
	},
}

func TestImportsPointOneWay(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Deps", module+"...", module+"testdata")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]bool{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			Deps       []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name, ours := strings.CutPrefix(p.ImportPath, module)
		if !ours {
			continue
		}
		seen[name] = true
		may, listed := arrows[name]
		if !listed {
			t.Errorf("package %s has no place in the arrows: say in ARCHITECTURE.md and here what it owns and may import", name)
			continue
		}
		for _, d := range p.Deps {
			if d, ours := strings.CutPrefix(d, module); ours && !slices.Contains(may, d) {
				t.Errorf("%s imports %s, which the arrows do not allow", name, d)
			}
		}
	}
	for name := range arrows {
		if !seen[name] {
			t.Errorf("%s stands in the arrows but is no package", name)
		}
	}
}
