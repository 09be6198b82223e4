package state

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWriteFileReplacesWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "p.plan.jsonl")
	if err := WriteFile(path, nil, text("first")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := WriteFile(path, nil, func(w io.Writer) error {
		if err := text("half of the sec")(w); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got error %v, want the writer's own", err)
	}
	if got := content(t, path); got != "first" {
		t.Errorf("a failed write left %q, want what was there before", got)
	}
	if diff := cmp.Diff([]string{"p.plan.jsonl"}, names(t, dir)); diff != "" {
		t.Errorf("a failed write left files behind (-want +got):\n%s", diff)
	}
	if err := WriteFile(path, nil, text("second")); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "second" {
		t.Errorf("got %q, want the new content", got)
	}
	if runtime.GOOS != "windows" {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, want 0600", info.Mode().Perm())
		}
	}
}

func TestWriteFileRefuses(t *testing.T) {
	dir := t.TempDir()
	list := filepath.Join(dir, "list.csv")
	link := filepath.Join(dir, "link.csv")
	if err := os.WriteFile(list, []byte("people"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(list, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	for _, test := range []struct{ path, input, why string }{
		{list, list, "the input itself"},
		{link, list, "a link to the input"},
		{list, link, "the input was given by its link"},
		{filepath.Join(dir, "..", filepath.Base(dir), "list.csv"), list, "another spelling of its path"},
	} {
		err := WriteFile(test.path, []string{"-", test.input}, text("gone"))
		var over *OverwriteError
		if !errors.As(err, &over) {
			t.Errorf("%s: got %v, want an *OverwriteError", test.why, err)
		}
	}
	if got := content(t, list); got != "people" {
		t.Errorf("the input now holds %q", got)
	}
	if err := WriteFile(dir, nil, text("x")); err == nil {
		t.Error("a folder was written to")
	}
	if err := WriteFile(filepath.Join(dir, "none", "x"), nil, text("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want an error that the folder is not there", err)
	}
}

func TestWriteFileKeepsALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := WriteFile(link, nil, text("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link became %v (%v)", info.Mode(), err)
	}
	if got := content(t, target); got != "new" {
		t.Errorf("the target holds %q", got)
	}
}

func TestWriteFileToADevice(t *testing.T) {
	before, err := os.Lstat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(os.DevNull, nil, text("nothing")); err != nil {
		t.Fatal(err)
	}
	after, err := os.Lstat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if before.Mode() != after.Mode() {
		t.Errorf("%s was %v and is %v", os.DevNull, before.Mode(), after.Mode())
	}
}

func TestFreshName(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"list.failed.csv", "list.failed-2.csv", "plain"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	second := func(path string) (bool, error) { return filepath.Base(path) == "list.failed-2.csv", nil }
	for _, test := range []struct {
		name, want string
		ours       func(string) (bool, error)
		why        string
	}{
		{"new.csv", "new.csv", nil, "nothing is there"},
		{"list.failed.csv", "list.failed-3.csv", nil, "two are taken, neither may be replaced"},
		{"list.failed.csv", "list.failed-2.csv", second, "the second is our own"},
		{"plain", "plain-2", nil, "no extension"},
	} {
		got, err := FreshName(filepath.Join(dir, test.name), test.ours)
		if err != nil || got != filepath.Join(dir, test.want) {
			t.Errorf("%s: FreshName(%s) = %s, %v, want %s", test.why, test.name, got, err, test.want)
		}
	}
	broken := errors.New("broken")
	if _, err := FreshName(filepath.Join(dir, "plain"), func(string) (bool, error) { return false, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of looking", err)
	}
}

func TestWriteFileOrNext(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "list.failed.csv")
	if name, err := WriteFileOrNext(path, nil, text("first")); name != path || err != nil {
		t.Fatalf("wrote %q, %v", name, err)
	}
	held := func(from, to string) error { // as Windows answers while a spreadsheet program has the file open
		if to == path {
			return &os.LinkError{Op: "replace", Old: from, New: to, Err: fs.ErrPermission}
		}
		return os.Rename(from, to)
	}
	name, err := writeOrNext(path, nil, text("second"), held)
	if want := filepath.Join(dir, "list.failed-2.csv"); name != want || err != nil {
		t.Fatalf("wrote %q, %v, want %q", name, err, want)
	}
	if content(t, path) != "first" || content(t, name) != "second" {
		t.Errorf("the files hold %q and %q", content(t, path), content(t, name))
	}
	if diff := cmp.Diff([]string{"list.failed-2.csv", "list.failed.csv"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if _, err := WriteFileOrNext(path, []string{path}, text("gone")); err == nil {
		t.Error("the input was written over")
	}
	if name, err := WriteFileOrNext(os.DevNull, nil, text("nothing")); name != os.DevNull || err != nil {
		t.Errorf("wrote %q, %v", name, err)
	}
}
