package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// globalFlags are those that every command has.
type globalFlags struct {
	config     string
	source     string
	timeout    time.Duration
	json       bool
	quiet      bool
	verbose    bool
	noColor    bool
	noInput    bool
	secretFile string
	showConfig bool
	caFile     string
	env        string
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "nelm-reconcile",
		Short: "Keep a non-employee source in step with a spreadsheet",
		Long: `nelm-reconcile keeps a non-employee source of SailPoint Identity Security Cloud in step with a spreadsheet:
it checks the list, shows what differs, decides on a plan that somebody can review, applies it, and proves every
row by reading it back. Only apply writes to a tenant, and only what the plan file says.

Try it without a tenant:   nelm-reconcile demo`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		Version:       versionLine(),
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.configure(cmd)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &codedError{code: exitUsage, err: flagFault(err), hint: "see  " + cmd.CommandPath() + " --help"}
	})

	p := root.PersistentFlags()
	g := &a.global
	p.StringVar(&g.config, "config", "", "configuration `FILE` (default ./nelm.yaml, then the one of the user)")
	p.StringVar(&g.source, "source", "", "the source: its name or either of its ids")
	p.DurationVar(&g.timeout, "timeout", 60*time.Second, "longest wait for one answer of the tenant")
	p.StringVar(&g.secretFile, "secret-file", "", "`FILE` with SAIL_CLIENT_ID=… and SAIL_CLIENT_SECRET=… lines")
	p.StringVar(&g.caFile, "ca-file", "", "PEM `FILE` of further certificate authorities to trust, such as a company proxy's")
	p.StringVar(&g.env, "env", "", "`NAME` of an environment of the official CLI: its address is taken from ~/.sailpoint/config.yaml")
	p.BoolVar(&g.json, "json", false, "print data as JSON on standard output")
	p.BoolVarP(&g.quiet, "quiet", "q", false, "no progress and no advice; of a new plan numbers, limits and verdict alone, with nobody's name")
	p.BoolVarP(&g.verbose, "verbose", "v", false, "say more on standard error")
	p.BoolVar(&g.noColor, "no-color", false, "no colour (NO_COLOR does the same)")
	p.BoolVar(&g.noInput, "no-input", false, "never ask; fail where an answer is needed")
	p.BoolVar(&g.showConfig, "show-config", false, "print each setting and where it comes from, then stop")

	root.AddCommand(
		newSchemaCommand(a), newSourcesCommand(a), newValidateCommand(a), newDiffCommand(a), newPlanCommand(a),
		newShowCommand(a), newApplyCommand(a), newUndoCommand(a), newRunsCommand(a), newPullCommand(a), newDoctorCommand(a), newDemoCommand(a), newSandboxCommand(a), newExplainCommand(a), newInitCommand(a), newVersionCommand(a), newRowsCommand(a),
	)
	root.SetHelpCommand(newHelpCommand(root))
	for _, c := range root.Commands() {
		wrapArgs(c)
	}
	wrapArgs(root)
	return root
}

// wrapArgs makes a wrong number of arguments a usage error like a wrong flag.
func wrapArgs(c *cobra.Command) {
	check := c.Args
	if check == nil {
		return
	}
	c.Args = func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil {
			return nil
		}
		var coded *codedError
		if errors.As(err, &coded) {
			return err
		}
		hint := "see  " + cmd.CommandPath() + " --help"
		if cmd.HasSubCommands() && len(args) > 0 {
			cmd.SuggestionsMinimumDistance = 2
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				hint = fmt.Sprintf("did you mean %s? or %s", strings.Join(near, " or "), hint)
			}
		}
		return &codedError{code: exitUsage, err: err, hint: hint}
	}
}

// flagFault says what a flag wants, where its value is not of its kind.
func flagFault(err error) error {
	var bad *pflag.InvalidValueError
	if !errors.As(err, &bad) {
		return err
	}
	wants := map[string]string{"int": "a number", "int64": "a number", "duration": "a time such as 30s or 5m", "bool": "true or false"}[bad.GetFlag().Value.Type()]
	if wants == "" {
		return err
	}
	return fmt.Errorf("--%s wants %s, not %q", bad.GetFlag().Name, wants, bad.GetValue())
}

// oneList is the check of commands that read one list.
func oneList(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%s needs one LIST, the contractor file, and got %d arguments", cmd.Name(), len(args))
}

// say prints talk: progress, advice, counts. Data goes to standard output by other ways.
func (a *app) say(format string, args ...any) {
	if !a.global.quiet {
		fmt.Fprintf(a.stderr, format+"\n", args...)
	}
}

// log is the client's log: with --verbose what it waits for and repeats, never a person's data.
func (a *app) log() *slog.Logger {
	if !a.global.verbose {
		return nil
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (a *app) colour() bool {
	_, no := a.env("NO_COLOR")
	return a.stdoutTerminal && !no && !a.global.noColor
}
