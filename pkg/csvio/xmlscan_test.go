package csvio

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// scanned writes down what an xmlScanner gives of a text; texts in a row are one.
func scanned(r io.Reader) (string, error) {
	var b strings.Builder
	x := newXMLScanner(r)
	for {
		token, err := x.next()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		switch token {
		case xmlStart:
			b.WriteString("\x00<" + string(x.name))
			for _, a := range x.attrs {
				b.WriteString("\x00@" + string(a.name) + "=" + string(a.value))
			}
			b.WriteString("\x00")
		case xmlEnd:
			b.WriteString("\x00/" + string(x.name) + "\x00")
		case xmlText:
			b.Write(x.text)
		}
	}
}

// decoded is the same by encoding/xml.
func decoded(r io.Reader) (string, error) {
	var b strings.Builder
	d := xml.NewDecoder(r)
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		switch t := token.(type) {
		case xml.StartElement:
			b.WriteString("\x00<" + t.Name.Local)
			for _, a := range t.Attr {
				b.WriteString("\x00@" + a.Name.Local + "=" + a.Value)
			}
			b.WriteString("\x00")
		case xml.EndElement:
			b.WriteString("\x00/" + t.Name.Local + "\x00")
		case xml.CharData:
			b.Write(t)
		}
	}
}

func xmlSamples() []string {
	return []string{
		`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n" + `<worksheet xmlns="a" xmlns:r='b'><sheetData><row r="1" hidden="1"><c r="A1" t="inlineStr"><is><t xml:space="preserve"> a &lt;b&gt; &#x41;&#66; </t></is></c><c/></row></sheetData></worksheet>`,
		"<x:row x:r='1' ><x:c r=\"a>b\"\t/></x:row >",
		"<a><!-- a < b --><![CDATA[<&]]>\r\nx\ry</a>",
		"<a b=\"1 &amp; 2\" c='\"'/>",
		"\ufeff<a>ü名</a>",
		"<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
		"<a>&nbsp;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a b=1/>", "<a b/>", "<a", "<a>x", "<a b='<'/>", "<a>\x01</a>", "<a>\xff</a>", "< a/>", "</a", "<!DOCTYPE a><a/>", "<a>]]></a>", "<a><!-- -- --></a>", "<a></ a>", "",
	}
}

func TestXMLIsTakenApart(t *testing.T) {
	for _, text := range xmlSamples() {
		want, wantErr := decoded(strings.NewReader(text))
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)), "with the end at once": iotest.DataErrReader(strings.NewReader(text))} {
			got, err := scanned(r)
			if strings.HasPrefix(text, "<!DOCTYPE") {
				if err == nil {
					t.Errorf("%q was taken", text)
				}
				continue
			}
			if (err != nil) != (wantErr != nil) {
				t.Errorf("%s, %q: error %v, encoding/xml says %v", how, text, err, wantErr)
			}
			if d := cmp.Diff(want, got); d != "" && wantErr == nil {
				t.Errorf("%s, %q (-encoding/xml +ours):\n%s", how, text, d)
			}
		}
	}
}

// FuzzXMLAgainstEncodingXML holds the scanner to encoding/xml where both take a text, but for what no workbook has.
func FuzzXMLAgainstEncodingXML(f *testing.F) {
	for _, s := range xmlSamples() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := scanned(iotest.HalfReader(strings.NewReader(text)))
		want, wantErr := decoded(strings.NewReader(text))
		if err == nil && wantErr == nil && got != want {
			t.Errorf("%q (-encoding/xml +ours):\n%s", text, cmp.Diff(want, got))
		}
		if err != nil && wantErr == nil && !strings.Contains(text, "<!") && !strings.Contains(text, "encoding") {
			t.Errorf("%q: %v, and encoding/xml takes it as %q", text, err, want)
		}
	})
}
