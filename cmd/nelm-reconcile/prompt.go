package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ask puts a question to the person at the terminal and returns the answer. Where nobody can answer it fails with the flag
// that answers for them.
func (a *app) ask(question, flag string) (string, error) {
	if a.global.noInput || !a.stdinTerminal {
		return "", &codedError{code: exitUsage, err: errors.New("there is nobody to ask: standard input is not a terminal"), hint: flag}
	}
	fmt.Fprintf(a.stderr, "%s ", question)
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil && !(errors.Is(err, io.EOF) && line != "") {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return strings.TrimSpace(line), nil
}

func yes(answer string) bool {
	switch strings.ToLower(answer) {
	case "y", "yes":
		return true
	}
	return false
}
