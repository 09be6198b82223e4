// Package testdata holds the demo's list, tenant and config, so that an installed program has them too. README.md says what is in them.
package testdata

import (
	"embed"
	"io/fs"
)

//go:embed contractors.csv seed.json nelm.yaml
var files embed.FS

// Files returns contractors.csv, seed.json and nelm.yaml.
func Files() fs.FS { return files }
