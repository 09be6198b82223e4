package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// cliEnvironment finds the address of an environment in the configuration of the official CLI. Its secrets lie in the
// keyring of the system, which is the CLI's own; id and secret come from SAIL_CLIENT_ID and SAIL_CLIENT_SECRET or a file.
func (a *app) cliEnvironment(name string) (baseURL, from string, err error) {
	home, ok := a.env("HOME")
	if !ok || home == "" {
		if home, err = os.UserHomeDir(); err != nil {
			return "", "", &codedError{code: exitUsage, err: fmt.Errorf("--env: %w", err)}
		}
	}
	path := filepath.Join(home, ".sailpoint", "config.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		return "", "", &codedError{code: exitUsage, err: fmt.Errorf("--env %s: %w", name, err), hint: "the official CLI writes that file; without it set SAIL_BASE_URL"}
	}
	var file struct {
		Environments map[string]struct {
			BaseURL string `yaml:"baseurl"`
		} `yaml:"environments"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return "", "", &codedError{code: exitUsage, err: fmt.Errorf("--env %s: %s: %w", name, path, errors.New(yaml.FormatError(err, false, false)))}
	}
	e, ok := file.Environments[strings.ToLower(name)] // the CLI keeps names in small letters
	if !ok || e.BaseURL == "" {
		return "", "", &codedError{code: exitUsage, err: fmt.Errorf("--env %s: %s has no address for it, only for %s", name, path, strings.Join(slices.Sorted(maps.Keys(file.Environments)), ", "))}
	}
	return e.BaseURL, fmt.Sprintf("environment %q of %s", strings.ToLower(name), path), nil
}
