package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// The elements of a JUnit report that its readers agree about.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitFailure `xml:"failure"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// FindingsJUnit writes findings as a JUnit report, which most services that run jobs show: a test for each fault of a column,
// with its rows. An error is a failed test, and with strict a warning too; what fails nothing is a test that passed and says what
// was found. A list without findings is one test that passed.
func FindingsJUnit(w io.Writer, found Found, v schema.Validation, list string, strict bool) error {
	s := junitSuite{Name: plain(list)}
	_, err := groups(found, groupOptions{together: true}, func(g *findingGroup) {
		f := &g.first
		name := f.Code
		if f.Attribute != "" {
			name += " " + f.Attribute
		}
		if f.Origin.Header != "" && f.Origin.Header != f.Attribute {
			name += fmt.Sprintf(" (column %s %q)", f.Origin.Column, f.Origin.Header)
		}
		c := junitCase{Class: s.Name, Name: plain(name)}
		said := strings.Join(g.lines(), "\n")
		if f.Severity == schema.Error || strict && f.Severity == schema.Warning {
			c.Failure = &junitFailure{Type: f.Code, Message: plain(fmt.Sprintf("%s: %s", &g.rows, f.Message)), Text: said}
			s.Failures++
		} else {
			c.Out = said
		}
		s.Cases = append(s.Cases, c)
	})
	if err != nil {
		return err
	}
	if len(s.Cases) == 0 {
		s.Cases = []junitCase{{Class: s.Name, Name: "all rules", Out: count(v.Rows, "row") + " ok"}}
	}
	s.Tests = len(s.Cases)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{Suite: s}); err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n")
	return err
}
