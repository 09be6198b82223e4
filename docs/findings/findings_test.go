package findings_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/docs/findings"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Every code has a page that begins with it, says what it is, why it matters and what to do, and no page is of no code.
func TestEveryCodeHasItsPage(t *testing.T) {
	files, err := filepath.Glob("[EWN]-*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range schema.Codes() {
		page, err := findings.Page(strings.ToLower(c.ID))
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.HasPrefix(page, fmt.Sprintf("# %s: %s\n", c.ID, c.Title)) {
			t.Errorf("the page of %s begins with %q", c.ID, strings.SplitN(page, "\n", 2)[0])
		}
		if word := map[schema.Severity]string{schema.Error: "Error", schema.Warning: "Warning", schema.Note: "Note"}[c.Severity]; !strings.Contains(page, "\n\n"+word+", from ") {
			t.Errorf("the page of %s does not say that it is of severity %s", c.ID, c.Severity)
		}
		for _, heading := range []string{"## Example\n\n```\n", "## Why it matters\n\n", "## What to do\n\n"} {
			at := strings.Index(page, heading)
			if at < 0 || len(strings.TrimSpace(page[at+len(heading):])) < 3 {
				t.Errorf("the page of %s has nothing under %q", c.ID, heading)
			}
		}
		files = slices.DeleteFunc(files, func(f string) bool { return f == c.ID+".md" })
	}
	if len(files) > 0 {
		t.Errorf("pages of codes that do not exist: %q", files)
	}
	if _, err := findings.Page("E-NOTHING"); err == nil {
		t.Error("a code that does not exist has a page")
	}
}

// The index lists every code, in the order of schema.Codes.
func TestIndex(t *testing.T) {
	index, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, c := range schema.Codes() {
		want = append(want, fmt.Sprintf("| [%s](%s.md) | %s |", c.ID, c.ID, c.Title))
	}
	for _, line := range strings.Split(string(index), "\n") {
		if strings.HasPrefix(line, "| [") {
			got = append(got, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README.md (-want +got)\n%s", diff)
	}
}

// Every code stands in a test of the package that raises it or in a script. Those of the rules are held to more, see
// TestEveryCodeIsTested of pkg/schema.
func TestEveryCodeStandsInATest(t *testing.T) {
	tested := make(map[string]string) // by package
	for _, pattern := range []string{"../../pkg/*/*_test.go", "../../cmd/nelm-reconcile/testdata/script/*.txtar"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(paths))
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			tested[filepath.Base(filepath.Dir(path))] += string(text)
		}
	}
	for _, c := range schema.Codes() {
		if !strings.Contains(tested[c.Raised]+tested["script"], c.ID) {
			t.Errorf("%s: no test of pkg/%s and no script has it", c.ID, c.Raised)
		}
	}
}

// Every string in the program that looks like a code is one, so that none is raised which nobody can look up.
func TestNoCodeIsUnlisted(t *testing.T) {
	looksLike := regexp.MustCompile(`^[EWN]-[A-Z]+(-[A-Z]+)*$`)
	known := make(map[string]bool)
	for _, c := range schema.Codes() {
		known[c.ID] = true
	}
	found := 0
	for _, root := range []string{"../../pkg", "../../internal", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(lit.Value)
				if err == nil && looksLike.MatchString(text) {
					found++
					if !known[text] {
						t.Errorf("%s raises %s, which schema.Codes does not list: add it there and give it a page here", path, text)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < len(schema.Codes()) {
		t.Errorf("found %d codes in the program, fewer than the %d that are listed", found, len(schema.Codes()))
	}
}
