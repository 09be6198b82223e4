package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// What apply needs of a tenant, the client gives.
var _ apply.Remote = (*nelm.Source)(nil)

// client makes the API client from configuration and environment.
func (a *app) client() (*nelm.Client, error) {
	id, secret, err := a.credentials()
	if err != nil {
		return nil, err
	}
	if a.conf.BaseURL == "" {
		return nil, &codedError{code: exitUsage, err: errors.New("no tenant: SAIL_BASE_URL is not set and the configuration has no base-url"),
			hint: "set SAIL_BASE_URL to the tenant's API, e.g. https://acme.api.identitynow.com; to practise, see  nelm-reconcile sandbox --help"}
	}
	conf := nelm.Config{
		BaseURL: a.conf.BaseURL, ClientID: id, ClientSecret: secret,
		UserAgent: nelm.UserAgent(toolVersion()), Timeout: a.global.timeout, Log: a.log(), Clock: a.clock, CAFile: a.caFile(), Guard: a.guard,
		Waiting: func(d time.Duration) { a.say("the service asks to wait %s", d.Round(time.Second)) },
	}
	// Processes of one person share one pace: apply straight after plan must not break the service's limit.
	folder, err := a.stateFolder()
	if err != nil {
		return nil, err
	}
	slots, err := nelm.OpenSlots(folder, conf)
	if err != nil {
		return nil, fmt.Errorf("keep the pace: %w", err)
	}
	a.close = append(a.close, slots.Close)
	conf.Slots = slots
	c, err := nelm.New(conf)
	if err != nil {
		return nil, &codedError{code: exitUsage, err: err}
	}
	return c, nil
}

// caFile is the file of further certificate authorities to trust.
func (a *app) caFile() string {
	if a.global.caFile != "" {
		return a.global.caFile
	}
	return a.conf.CAFile
}

// credentials come from --secret-file or the environment, never from a flag: command lines are seen by everyone on the machine.
func (a *app) credentials() (id, secret string, err error) {
	id, _ = a.env("SAIL_CLIENT_ID")
	secret, _ = a.env("SAIL_CLIENT_SECRET")
	if a.global.secretFile != "" {
		if id, secret, err = readSecretFile(a.global.secretFile); err != nil {
			return "", "", &codedError{code: exitUsage, err: err, hint: "the file holds two lines: SAIL_CLIENT_ID=… and SAIL_CLIENT_SECRET=…"}
		}
		a.warnShared(a.global.secretFile)
	}
	if id == "" || secret == "" {
		return "", "", &codedError{code: exitUsage, err: errors.New("no credentials: SAIL_CLIENT_ID and SAIL_CLIENT_SECRET are not both set"),
			hint: "set them, or name a file that holds them with --secret-file"}
	}
	return id, secret, nil
}

// warnShared says once that a file with a secret can be read by others. On Windows the mode says nothing of that.
func (a *app) warnShared(path string) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 || runtime.GOOS == "windows" || a.sharedSaid {
		return
	}
	a.sharedSaid = true
	a.say("warning: %s can be read by others:  chmod 600 %s", path, report.Word(path))
}

// readSecretFile reads NAME=VALUE lines; export and quotes as a shell has them are accepted, so that the file that the
// sandbox writes with --print-env serves as well.
func readSecretFile(path string) (id, secret string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", "", fmt.Errorf("read the secret file: %w", err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); ; {
		if !s.Scan() {
			if err := s.Err(); err != nil {
				return "", "", fmt.Errorf("read the secret file: %w", err)
			}
			break
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(s.Text()), "export "), "=")
		if !ok {
			continue
		}
		value = strings.Trim(strings.TrimSpace(value), `'"`)
		switch strings.TrimSpace(name) {
		case "SAIL_CLIENT_ID":
			id = value
		case "SAIL_CLIENT_SECRET":
			secret = value
		}
	}
	if id == "" || secret == "" {
		return "", "", fmt.Errorf("the secret file %s does not hold both SAIL_CLIENT_ID and SAIL_CLIENT_SECRET", path)
	}
	return id, secret, nil
}

// sourceName is the source that flags, environment or configuration name.
func (a *app) sourceName() (string, error) {
	if a.conf.Source == "" {
		return "", &codedError{code: exitUsage, err: errors.New("no source is named"),
			hint: "name it with --source, NELM_SOURCE or `source:` in nelm.yaml;  nelm-reconcile sources  lists them"}
	}
	return a.conf.Source, nil
}

// connect finds the source in the tenant.
func (a *app) connect(ctx context.Context) (*nelm.Client, *nelm.Source, error) {
	name, err := a.sourceName()
	if err != nil {
		return nil, nil, err
	}
	c, err := a.client()
	if err != nil {
		return nil, nil, err
	}
	src, err := c.Source(ctx, name)
	var none *nelm.SourceError
	if errors.As(err, &none) {
		return nil, nil, &codedError{code: exitUsage, err: err, hint: "nelm-reconcile sources  lists what this token can see"}
	}
	return c, src, err
}

// liveSchema reads attributes and template of a source and checks the one against the other.
func liveSchema(ctx context.Context, src *nelm.Source, now time.Time) (*schema.Schema, []schema.Finding, error) {
	where, _, err := src.Describe(ctx)
	if err != nil {
		return nil, nil, err
	}
	attributes, err := src.Attributes(ctx)
	if err != nil {
		return nil, nil, err
	}
	template, err := src.Template(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, findings, err := schema.FromAttributes(attributes, template)
	if err != nil {
		return nil, nil, fmt.Errorf("the schema of %q: %w", where.Name, err)
	}
	s.Source, s.Fetched = where, now.UTC().Truncate(time.Second)
	return s, findings, nil
}
