package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

type sandboxFlags struct {
	seed      string
	listen    string
	printEnv  string
	latency   time.Duration
	clock     string
	tokenLife time.Duration
	fail      []string
	faults    string
	switches  []string
	accessLog bool
	random    uint64
}

func newSandboxCommand(a *app) *cobra.Command {
	f := &sandboxFlags{}
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a local non-employee service to practise and test on",
		Long: `Serve a local Non-Employee Lifecycle Management service: the documented operations, the token endpoint, the limits and
the errors, over state that lives in memory and is gone when it ends. Nothing here is a tenant.`,
		Example: `  nelm-reconcile sandbox --seed testdata/seed.json --listen 127.0.0.1:0 --print-env sandbox.env
  . ./sandbox.env      # in another terminal: SAIL_BASE_URL, SAIL_CLIENT_ID, SAIL_CLIENT_SECRET are set
  nelm-reconcile sources`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runSandbox(cmd.Context(), f) },
	}
	cmd.SetUsageTemplate(cmd.UsageTemplate() + "\nSwitches (--switch NAME=VALUE), for what the service's documentation leaves open; each default is chosen, not known:\n\n" + switchesText() + faultsText())
	p := cmd.Flags()
	p.StringVar(&f.seed, "seed", "", "`FILE` with what the tenant holds at the start: JSON, or a CSV of one source")
	p.StringVar(&f.listen, "listen", "127.0.0.1:8080", "`ADDRESS` to listen on; port 0 picks a free one")
	p.StringVar(&f.printEnv, "print-env", "", "`FILE` for the credentials as export lines, written once it listens")
	p.DurationVar(&f.latency, "latency", 0, "time added to every answer")
	p.StringVar(&f.clock, "clock", "", "where its clock starts and how fast it runs, e.g. 2026-01-05T08:00:00Z,x10")
	p.DurationVar(&f.tokenLife, "token-life", 0, "how long a token is good for (default 749s)")
	p.StringArrayVar(&f.fail, "fail", nil, "a fault, e.g. patch:5% or upload:1:job-error; may be repeated, see below")
	p.StringVar(&f.faults, "faults", "", "`FILE` with faults")
	p.StringArrayVar(&f.switches, "switch", nil, "`NAME=VALUE` of a switch; may be repeated")
	p.BoolVar(&f.accessLog, "access-log", false, "one line per request on standard error")
	p.Uint64Var(&f.random, "random", 0, "seed of ids, credentials and faults")
	return cmd
}

// switchesText lists the sandbox's switches with their defaults and reasons.
func switchesText() string {
	var b strings.Builder
	for _, s := range sandbox.Switches() {
		fmt.Fprintf(&b, "  %s=%s\n      %s Default: %s. %s\n", s.Name, strings.Join(s.Values, "|"), s.Asks, s.Default, s.Why)
	}
	return b.String()
}

func faultsText() string {
	var b strings.Builder
	b.WriteString("\nFaults (--fail OPERATION:RATE[:KIND[=VALUE]]), RATE being a percentage of the requests or a number of times, with @N behind it to leave the first N alone:\n\n")
	fmt.Fprintf(&b, "  operations: %s\n", strings.Join(sandbox.FaultOperations(), ", "))
	for _, k := range sandbox.FaultKinds() {
		value := ""
		if k.Value != "" {
			value = "=" + k.Value
		}
		fmt.Fprintf(&b, "  %-20s %s\n", k.Name+value, k.Does)
	}
	return b.String()
}

func (f *sandboxFlags) options(a *app) (sandbox.Options, error) {
	o := sandbox.Options{Latency: f.latency, TokenLife: f.tokenLife, Random: f.random}
	if f.seed != "" {
		seed, err := sandbox.ReadSeedFile(f.seed)
		if err != nil {
			return o, &codedError{code: exitUsage, err: fmt.Errorf("seed %s: %w", f.seed, err), hint: "the format is described in docs/sandbox.md"}
		}
		o.Seed = seed
	}
	var err error
	if o.Clock, err = sandbox.ParseClock(f.clock); err != nil {
		return o, &codedError{code: exitUsage, err: err}
	}
	if f.faults != "" {
		file, err := os.Open(f.faults)
		if err != nil {
			return o, &codedError{code: exitUsage, err: err}
		}
		defer file.Close()
		if o.Faults, err = sandbox.ReadFaults(file); err != nil {
			return o, &codedError{code: exitUsage, err: fmt.Errorf("faults %s: %w", f.faults, err)}
		}
	}
	for _, text := range f.fail {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			return o, &codedError{code: exitUsage, err: err}
		}
		o.Faults = append(o.Faults, fault)
	}
	if o.Switches, err = addPairs(nil, "--switch", f.switches); err != nil {
		return o, err
	}
	if f.accessLog {
		o.AccessLog = a.stderr
	}
	return o, nil
}

func (a *app) runSandbox(ctx context.Context, f *sandboxFlags) error {
	o, err := f.options(a)
	if err != nil {
		return err
	}
	box, err := sandbox.New(o)
	if err != nil {
		return &codedError{code: exitUsage, err: err}
	}
	ln, err := sandbox.Listen(f.listen)
	if err != nil {
		return &codedError{code: exitUsage, err: fmt.Errorf("listen: %w", err), hint: "name another address with --listen; port 0 picks a free one"}
	}
	base := "http://" + reachable(ln.Addr())
	if tcp, ok := ln.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		a.say("warning: it listens beyond this machine, on %s: whoever reaches it can use it", ln.Addr())
	}
	env := box.Env(base)
	if f.printEnv != "" {
		err := state.WriteFile(f.printEnv, nil, func(w io.Writer) error { _, err := w.Write(env); return err })
		if err != nil {
			return err
		}
	}
	a.say("sandbox: a local service to practise on, not a tenant; its state is gone when it ends")
	a.say("listening on %s; stop with Ctrl-C", base)
	if f.printEnv != "" {
		a.say("In another terminal:  . %s && nelm-reconcile sources", dotPath(f.printEnv))
	} else {
		a.say("In another terminal:\n%s", env)
	}
	if err := sandbox.Serve(ctx, ln, box); err != nil {
		return err
	}
	a.say("sandbox: stopped")
	return nil
}

// reachable is the address under which this machine reaches a listener.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
}

// dotPath is a path that a shell's . command reads from here and does not look for in PATH.
func dotPath(p string) string {
	if filepath.IsAbs(p) || strings.HasPrefix(p, ".") {
		return p
	}
	return "./" + p
}
