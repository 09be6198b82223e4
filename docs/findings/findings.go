// Package findings holds the page of every finding's code, for the explain command and for people who browse the repository.
package findings

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed [EWN]-*.md
var pages embed.FS

// Page returns the explanation of a code in Markdown. The code may be written in any case.
func Page(code string) (string, error) {
	id := strings.ToUpper(strings.TrimSpace(code))
	page, err := pages.ReadFile(id + ".md")
	if err != nil {
		return "", fmt.Errorf("there is no page for %q: %w", code, err)
	}
	return string(page), nil
}
