package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nelm-reconcile/nelm-reconcile/internal/report"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// listWords are the flags of this command line that the next command about the same list needs as well, and others by their names.
func listWords(cmd *cobra.Command, others ...string) string {
	carried := (&listFlags{}).names()
	for _, name := range others {
		carried[name] = true
	}
	var words []string
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if !carried[f.Name] && f.Name != "source" && f.Name != "config" && f.Name != "secret-file" {
			return
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			for _, v := range list.GetSlice() {
				words = append(words, "--"+f.Name, report.Word(v))
			}
			return
		}
		if f.Value.Type() == "bool" {
			words = append(words, "--"+f.Name)
			return
		}
		words = append(words, "--"+f.Name, report.Word(f.Value.String()))
	})
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ")
}

// nextPlan is the command that plans a list that was checked against the schema of a source, which may have no name.
func (a *app) nextPlan(path, words, source string) string {
	hint := ""
	switch {
	case a.conf.Source != "":
	case source != "":
		words += " --source " + report.Word(source)
	default:
		words += " --source NAME"
		hint = "\n      with the name of the source, which  nelm-reconcile sources  lists; or with --against FILE, an export of it, in its place"
	}
	return fmt.Sprintf("nelm-reconcile plan %s%s -o %s%s", report.Word(path), words, report.Word(planName(path)), hint)
}

// names are the flags that say how a list is read.
func (f *listFlags) names() map[string]bool {
	c := &cobra.Command{}
	f.register(c)
	names := map[string]bool{}
	c.Flags().VisitAll(func(f *pflag.Flag) { names[f.Name] = true })
	return names
}

// dateWords is the flag for the order of dates that the columns of a list have settled by themselves: a part of the list may not
// have the rows that did. There is none where it was given, or where columns differ.
func dateWords(columns []schema.Column, given schema.DateOrder) string {
	order := schema.Unsettled
	for _, c := range columns {
		switch {
		case c.Dates == schema.Unsettled || c.Dates == order:
		case order == schema.Unsettled:
			order = c.Dates
		default:
			return ""
		}
	}
	if given != schema.Unsettled || order == schema.Unsettled {
		return ""
	}
	return " --date-format " + order.String()
}

// encodingWords is the flag for the encoding that a list was found to be in: of a part of the list the few words may tell another.
func encodingWords(l *csvio.List) string {
	if name := l.GuessedEncoding(); name != "" {
		return " --encoding " + strings.ToLower(name)
	}
	return ""
}
