package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// A topic is a page of help that belongs to no command.
type topic struct{ name, short, text string }

func topics() []topic {
	return []topic{
		{"exit-codes", "What each exit code means", exitCodesText()},
		{"environment", "The variables that are read", environmentText()},
		{"files", "The files that are read and written", filesText},
		{"dangerous", "The flags that lift a guard, and their stories", dangerousText},
	}
}

func newHelpCommand(root *cobra.Command) *cobra.Command {
	var names []string
	for _, t := range topics() {
		names = append(names, fmt.Sprintf("  %-12s %s", t.name, t.short))
	}
	return &cobra.Command{
		Use:   "help [command or topic]",
		Short: "Help about a command or a topic",
		Long:  "Help about any command, or about a topic:\n\n" + strings.Join(names, "\n"),
		Example: `  nelm-reconcile help plan
  nelm-reconcile help exit-codes`,
		// Help needs no configuration: it must work where the configuration is what is broken.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				for _, t := range topics() {
					if t.name == args[0] {
						_, err := fmt.Fprint(cmd.OutOrStdout(), t.text)
						return err
					}
				}
			}
			if len(args) == 0 {
				if err := root.Help(); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "\nTopics (nelm-reconcile help TOPIC):\n%s\n", strings.Join(names, "\n"))
				return err
			}
			found, rest, err := root.Find(args)
			if err != nil || found == root || len(rest) > 0 {
				return &codedError{code: exitUsage, err: fmt.Errorf("no command or topic %q", strings.Join(args, " ")), hint: "see  nelm-reconcile help"}
			}
			return found.Help()
		},
	}
}

func exitCodesText() string {
	rows := []struct {
		code        int
		means, sent string
	}{
		{exitOK, "done, or nothing to do", "maybe"},
		{exitError, "unexpected failure", "see message"},
		{exitUsage, "bad flags, bad configuration, unreadable file", "no"},
		{exitInvalid, "the list has errors (validate; plan unless --skip-invalid)", "no"},
		{exitChanges, "there are differences; only with --exit-code", "no"},
		{exitUnsafe, "a limit or guard tripped, not confirmed, or a plan of elsewhere", "no"},
		{exitStale, "the tenant moved since the plan", "no"},
		{exitPartial, "some operations failed or could not be verified", "yes"},
		{exitDenied, "401 or 403: the token may not do what is needed", "no, unless 7"},
		{exitUnavailable, "network, 5xx, locked, job already running: retry later", "no, unless 7"},
		{exitInterrupt, "interrupted; the journal is whole", "maybe"},
		{exitTerminate, "terminated; the journal is whole", "maybe"},
	}
	var b strings.Builder
	b.WriteString("Exit codes. They are stable; read an unknown non-zero code as failure.\n\n")
	fmt.Fprintf(&b, "%4s  %-12s  %-62s  %s\n", "Code", "Name", "Meaning", "Was anything sent?")
	for _, r := range rows {
		fmt.Fprintf(&b, "%4d  %-12s  %-62s  %s\n", r.code, exitNames[r.code], r.means, r.sent)
	}
	b.WriteString("\nThe last line of a failure on standard error repeats the code: exit 5 (unsafe).\n")
	return b.String()
}

func environmentText() string {
	var b strings.Builder
	b.WriteString("Environment variables that are read. Flags win over NELM_*, NELM_* over SAIL_*, those over nelm.yaml.\n\n")
	for _, v := range environment {
		fmt.Fprintf(&b, "  %-20s %s\n", v.name, v.what)
	}
	b.WriteString("\nHTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured. No other variable that begins with NELM_ is looked at.\n")
	return b.String()
}

const filesText = `Files. Folders are made 0700, files 0600: they hold personal data.

  nelm.yaml                      settings: source, mapping, dates, limits; commit it, it holds no secret
  .nelm/schema/SOURCE.json       cached schema of a source; git-ignore it
  .nelm/last/HASH.json           what diff --since-last saw the last time, as hashes
  LIST.plan.jsonl                a plan: header, one operation a line, trailer with counts, limits, fingerprint
  LIST.failed.csv                rows with an error, in the list's own columns, with nelm_* columns beside them
  .nelm/runs/TIME-ID/            one run of apply: plan.jsonl, snapshot.jsonl, journal.jsonl, result.json, failed.csv
  the user's state folder        one lock per tenant and source, the times of the last requests (NELM_STATE_DIR)

On Windows 0600 means the access list of the user's profile.
`

const dangerousText = `Flags that lift a guard. Each is for one command, none can be made a default, and each has a story.

  --allow-removals N     Carry on although more people would be removed than --max-removals permits. N must be the exact
                         number that the refusal names: a list that changed since is refused again.
  --allow-empty          Accept a list without a single row. A report that failed half-way looks just like it, and with
                         --on-missing end it would end everybody.
  --skip-invalid         Plan the good rows of a list that has bad ones. People whose rows are bad are left alone: they
                         are never taken for missing.
  --allow-zone-shift     Most dates of the plan move by the same few hours. That is what a wrong time zone looks like; say
                         this only where the days themselves have really moved.
  --skip-drifted         Apply the operations whose records did not move since the plan. The moved ones are left out and
                         reported.

There is no flag that applies a plan to another tenant or source than the one it was made for.
`
