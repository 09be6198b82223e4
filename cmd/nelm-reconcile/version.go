package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is the version of the next or current release; a build from a checkout adds its revision.
const release = "0.1.0"

// toolVersion is what plans, journals and the user agent carry.
func toolVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	var revision, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			if s.Value == "true" {
				modified = ".modified"
			}
		}
	}
	if revision == "" {
		return release
	}
	return release + "+" + revision + modified
}

func versionLine() string {
	return fmt.Sprintf("nelm-reconcile %s (%s/%s, %s)", toolVersion(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func newVersionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: `  nelm-reconcile version`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.stdout, versionLine())
			return err
		},
	}
}
