package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestASecretThatOthersCanReadIsSaid(t *testing.T) {
	if runtime.GOOS == "windows" {
		// Windows keeps who may read a file in access lists, and the warning is not given there.
		t.Skip("the mode of a file says nothing of who can read it")
	}
	path := filepath.Join(t.TempDir(), "my secret.env")
	if err := os.WriteFile(path, []byte("SAIL_CLIENT_ID=id\nSAIL_CLIENT_SECRET=topsecret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		mode os.FileMode
		want int
	}{{0o600, 0}, {0o400, 0}, {0o640, 1}, {0o604, 1}, {0o644, 1}} {
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		var talk bytes.Buffer
		a := &app{stderr: &talk, env: func(string) (string, bool) { return "", false }, global: globalFlags{secretFile: path}}
		for range 2 { // as a command that makes two clients
			if _, _, err := a.credentials(); err != nil {
				t.Fatal(err)
			}
		}
		stderr := talk.String()
		warning := "warning: " + path + " can be read by others:  chmod 600 '" + path + "'"
		if got := strings.Count(stderr, warning); got != test.want || strings.Contains(stderr, "topsecret") {
			t.Errorf("mode %o: the warning stands there %d times, want %d:\n%s", test.mode, got, test.want, stderr)
		}
	}
}
