package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ask puts a question to the person at the terminal and returns the answer. Where nobody can answer, what is asked for is not
// confirmed: it fails with the flag that answers for them. An interrupt ends the waiting at once.
func (a *app) ask(ctx context.Context, question, flag string) (string, error) {
	switch {
	case a.global.noInput:
		return "", &codedError{code: exitUnsafe, err: errors.New("an answer is needed, and --no-input forbids to ask; nothing was sent"), hint: flag}
	case !a.stdinTerminal:
		return "", &codedError{code: exitUnsafe, err: errors.New("an answer is needed, and standard input is not a terminal; nothing was sent"), hint: flag}
	}
	fmt.Fprintf(a.stderr, "%s ", question)
	type reply struct {
		line string
		err  error
	}
	got := make(chan reply, 1)
	go func() {
		line, err := bufio.NewReader(a.stdin).ReadString('\n')
		got <- reply{line, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.stderr)
		return "", fmt.Errorf("interrupted before anything was sent: %w", ctx.Err())
	case r := <-got:
		if errors.Is(r.err, io.EOF) && r.line == "" {
			fmt.Fprintln(a.stderr)
			return "", nil // nobody answered, which is a no
		}
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return "", fmt.Errorf("read the answer: %w", r.err)
		}
		return strings.TrimSpace(r.line), nil
	}
}

func yes(answer string) bool {
	switch strings.ToLower(answer) {
	case "y", "yes":
		return true
	}
	return false
}
