// Package state keeps what outlives a command: the folders of runs and their journals, the lock that lets one process at a
// time write to a source, and the register of plans that were applied. It knows files, not the domain.
//
// Everything it makes is for its owner alone: folders 0700, files 0600. On Windows these modes mean little; there the access
// list that the folder inherits from the person's profile is what protects it.
package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// A Store says where things are kept.
//
// Runs holds run folders and belongs to the folder a person works in: it moves, is backed up and is thrown away with the
// list it is about. User belongs to the person on this machine: the lock and the register of applied plans must be found
// from whatever folder a plan is applied.
type Store struct {
	User string           // per-user state folder, see [UserDir]
	Runs string           // folder of run folders, usually .nelm/runs
	Now  func() time.Time // nil: the system's clock
}

// UserDir is the per-user state folder of the program: NELM_STATE_DIR where it is set; else nelm-reconcile in
// $XDG_STATE_HOME, in ~/.local/state (the XDG base directory specification's default), or on macOS and Windows in the
// folder that [os.UserConfigDir] names. A relative value is refused: it would be another folder after every cd, and a lock
// in it would lock nothing.
func UserDir(getenv func(string) string) (string, error) {
	for _, name := range []string{"NELM_STATE_DIR", "XDG_STATE_HOME"} {
		dir := getenv(name)
		if dir == "" {
			continue
		}
		if !filepath.IsAbs(dir) {
			return "", fmt.Errorf("%s is %q: it must be an absolute path", name, dir)
		}
		if name == "XDG_STATE_HOME" {
			dir = filepath.Join(dir, program)
		}
		return dir, nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return "", fmt.Errorf("find the per-user state folder (NELM_STATE_DIR names one): %w", err)
		}
		return filepath.Join(dir, program), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the per-user state folder (NELM_STATE_DIR names one): %w", err)
	}
	return filepath.Join(home, ".local", "state", program), nil
}

const (
	program  = "nelm-reconcile"
	dirMode  = 0o700
	fileMode = 0o600
)

func (s Store) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// userFolder makes and names a folder below the per-user one.
func (s Store) userFolder(name string) (string, error) {
	if s.User == "" {
		return "", errors.New("no per-user state folder was given")
	}
	dir := filepath.Join(s.User, name)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return "", fmt.Errorf("make the per-user state folder (NELM_STATE_DIR names another): %w", err)
	}
	return dir, nil
}
