package plan

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"
)

// maxLine bounds one line of a plan file in bytes. The longest honest one holds eighteen cells twice.
const maxLine = 64 << 20

// A FileError says why a file is not a plan that can be used: exit 2.
type FileError struct {
	Line    int64 // from 1; 0 for the file as a whole
	Message string
	Hint    string
}

func (e *FileError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("plan file, line %d: %s", e.Line, e.Message)
	}
	return "plan file: " + e.Message
}

const hintReplan = "make a new plan; a plan file is never edited by hand"

// A Writer writes a plan file line by line.
type Writer struct {
	w      *bufio.Writer
	sum    *digest
	buf    bytes.Buffer
	enc    *json.Encoder
	row    []byte
	n      int64
	behind behind
}

// NewWriter writes the header and returns the writer for the rest, which has to be stopped or closed. It fills in type, version and kind.
func NewWriter(w io.Writer, h *Header) (*Writer, error) {
	h.Type, h.FormatVersion, h.Kind = "header", FormatVersion, "plan"
	pw := &Writer{w: bufio.NewWriterSize(w, 64<<10), sum: newDigest()}
	pw.enc = json.NewEncoder(&pw.buf)
	pw.enc.SetEscapeHTML(false)
	pw.behind.write = pw.operation
	line, err := pw.line(h)
	if err != nil {
		return nil, err
	}
	return pw, pw.sum.header(h, line)
}

func (w *Writer) line(v any) ([]byte, error) {
	line, err := w.encode(v)
	if err != nil {
		return nil, err
	}
	if _, err := w.w.Write(line); err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	return line, nil
}

// encode makes a line, which is good until the next is made.
func (w *Writer) encode(v any) ([]byte, error) {
	w.buf.Reset()
	if err := w.enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	return w.buf.Bytes(), nil
}

// Operation writes one operation and gives it its number. It is written while others are made: nothing of what it refers to may change before
// Close, and an error may be of an earlier one.
func (w *Writer) Operation(op *Operation) error {
	w.n++
	op.Type, op.N = "operation", w.n
	return w.behind.add(op)
}

func (w *Writer) operation(op *Operation) error {
	var err error
	if w.row, err = appendOperation(w.row[:0], op); err != nil {
		return err
	}
	if _, err := w.w.Write(w.row); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	w.sum.operation(w.row)
	return nil
}

// Stop ends the writing of what is no plan. After Close it does nothing.
func (w *Writer) Stop() { _ = w.behind.stop() } // whoever stops has an error already

// Close writes the trailer with its checksum and fingerprint and flushes. It does not close the underlying writer.
func (w *Writer) Close(t *Trailer) error {
	err := w.behind.finish()
	if err != nil {
		return err
	}
	t.Type, t.Checksum = "trailer", ""
	if t.Fingerprint, err = w.sum.trailer(*t); err != nil {
		return err
	}
	line, err := w.encode(t)
	if err != nil {
		return err
	}
	var ok bool
	if t.Checksum, ok = w.sum.checksum(line); !ok {
		return errors.New("write the plan: the trailer has no place for its checksum")
	}
	if _, err := w.line(t); err != nil {
		return err
	}
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

// A Reader reads a plan file line by line, in memory for one line.
type Reader struct {
	Header  Header
	r       *bufio.Reader
	sum     *digest
	check   *validator.Validate
	line    int64
	counts  Counts
	trailer *Trailer
}

// NewReader reads the header. The errors of a file that is no plan, or one of a newer version, are a [*FileError].
func NewReader(r io.Reader) (*Reader, error) {
	pr := &Reader{r: bufio.NewReaderSize(r, 64<<10), sum: newDigest(), check: validator.New(validator.WithRequiredStructEnabled())}
	line, err := pr.next()
	if errors.Is(err, io.EOF) {
		return nil, &FileError{Message: "it is empty", Hint: hintReplan}
	}
	if err != nil {
		return nil, err
	}
	var first struct {
		Type          string `json:"type"`
		Kind          string `json:"kind"`
		FormatVersion string `json:"format_version"`
	}
	if err := json.Unmarshal(line, &first); err != nil || first.Type != "header" || first.Kind != "plan" {
		return nil, &FileError{Line: 1, Message: "this is no plan file: it does not begin with a plan's header", Hint: "give the file that the plan command wrote with -o"}
	}
	if first.FormatVersion != FormatVersion {
		return nil, &FileError{Line: 1, Message: fmt.Sprintf("its format is %.20q, this program knows %q", first.FormatVersion, FormatVersion), Hint: "use the version of the program that wrote it, or make a new plan"}
	}
	if err := pr.decode(line, &pr.Header); err != nil {
		return nil, err
	}
	return pr, pr.sum.header(&pr.Header, line)
}

// next returns the next line with its newline; it is valid until the next call.
func (r *Reader) next() ([]byte, error) {
	r.line++
	var line []byte
	for {
		part, err := r.r.ReadSlice('\n')
		if err == nil && line == nil {
			return part, nil
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull) && len(line) <= maxLine:
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, &FileError{Line: r.line, Message: "the line is longer than 64 MB", Hint: hintReplan}
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil, io.EOF
		case errors.Is(err, io.EOF):
			return nil, &FileError{Line: r.line, Message: "it ends in the middle of a line", Hint: "it was cut off: copy it again, or make a new plan"}
		default:
			return nil, fmt.Errorf("read the plan: %w", err)
		}
	}
}

// decode reads one line strictly: an unknown field means that somebody else wrote it.
func (r *Reader) decode(line []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return &FileError{Line: r.line, Message: "it cannot be read: " + strings.TrimPrefix(err.Error(), "json: "), Hint: hintReplan}
	}
	if d.More() {
		return &FileError{Line: r.line, Message: "there is something after the end of the object", Hint: hintReplan}
	}
	if err := r.check.Struct(v); err != nil {
		var bad validator.ValidationErrors
		if errors.As(err, &bad) {
			return &FileError{Line: r.line, Message: fmt.Sprintf("%s breaks the rule %q", bad[0].Namespace(), strings.TrimSuffix(bad[0].Tag()+"="+bad[0].Param(), "=")), Hint: hintReplan}
		}
		return fmt.Errorf("check line %d of the plan: %w", r.line, err)
	}
	return nil
}

// Next returns the next operation, and io.EOF after the last one, once the trailer was read and found to belong to what
// came before it. Routes are in the trailer, see [Trailer.RouteOf].
func (r *Reader) Next() (Operation, error) {
	if r.trailer != nil {
		return Operation{}, io.EOF
	}
	line, err := r.next()
	if errors.Is(err, io.EOF) {
		return Operation{}, &FileError{Message: "it has no trailer", Hint: "it was cut off: copy it again, or make a new plan"}
	}
	if err != nil {
		return Operation{}, err
	}
	if bytes.HasPrefix(line, []byte(`{"type":"trailer"`)) {
		return Operation{}, r.end(line)
	}
	var op Operation
	if err := r.decode(line, &op); err != nil {
		return Operation{}, err
	}
	if want := r.line - 1; op.N != want {
		return Operation{}, &FileError{Line: r.line, Message: fmt.Sprintf("this is operation %d where %d belongs", op.N, want), Hint: hintReplan}
	}
	if err := r.sense(&op); err != nil {
		return Operation{}, err
	}
	r.counts.add(op.Action)
	r.sum.operation(line)
	return op, nil
}

// sense checks what no rule about a single field can.
func (r *Reader) sense(op *Operation) error {
	bad := func(format string, args ...any) error {
		return &FileError{Line: r.line, Message: fmt.Sprintf(format, args...), Hint: hintReplan}
	}
	if op.Action.Sent() && op.AccountName == "" {
		return bad("the %s names no account", op.Action)
	}
	if (op.Action == Create || op.Action == Update || op.Action == End) && len(op.Fields) == 0 {
		return bad("the %s of %q changes nothing", op.Action, op.AccountName)
	}
	if len(op.Current) > 0 && len(op.Current) != len(r.Header.Managed) {
		return bad("%q has %d current values for %d managed attributes", op.AccountName, len(op.Current), len(r.Header.Managed))
	}
	for _, f := range op.Fields {
		if !slices.Contains(r.Header.Schema.Names, f.Attribute) {
			return bad("%q is no attribute of the source", f.Attribute)
		}
	}
	return nil
}

// end reads the trailer and returns io.EOF when the file is whole and as it was written.
func (r *Reader) end(line []byte) error {
	var t Trailer
	if err := r.decode(line, &t); err != nil {
		return err
	}
	fingerprint, err := r.sum.trailer(t)
	if err != nil {
		return err
	}
	early := r.sum.isEarly(line, fingerprint)
	checksum, ok := r.sum.checksum(line)
	whole := ok && bytes.HasSuffix(line, []byte(beforeChecksum+checksum+"\"}\n"))
	if !whole && !early || t.Fingerprint != fingerprint {
		return &FileError{Message: "it was changed after it was written: its content does not match its checksum and its fingerprint " + t.Fingerprint, Hint: hintReplan}
	}
	if c := r.counts; c.Create != t.Counts.Create || c.Update != t.Counts.Update || c.End != t.Counts.End || c.Delete != t.Counts.Delete || c.Blocked != t.Counts.Blocked || c.Untouched != t.Counts.Untouched {
		return &FileError{Line: r.line, Message: "its counts are not those of its operations", Hint: hintReplan}
	}
	if t.Safe != (len(t.Refusals) == 0) {
		return &FileError{Line: r.line, Message: "its verdict does not follow from its refusals", Hint: hintReplan}
	}
	if _, err := r.next(); !errors.Is(err, io.EOF) {
		return &FileError{Line: r.line, Message: "there is something after the trailer", Hint: hintReplan}
	}
	r.Header.Input, r.Header.Read.Records = t.Input, t.Records
	r.trailer = &t
	return io.EOF
}

// Trailer is the last line; its second result is false until [Reader.Next] returned io.EOF.
func (r *Reader) Trailer() (Trailer, bool) {
	if r.trailer == nil {
		return Trailer{}, false
	}
	return *r.trailer, true
}

func (c *Counts) add(a Action) {
	switch a {
	case Create:
		c.Create++
	case Update:
		c.Update++
	case End:
		c.End++
	case Delete:
		c.Delete++
	case Blocked:
		c.Blocked++
	case Untouched:
		c.Untouched++
	}
}

// Read reads a whole plan file and settles the route of every operation. A file that was edited, cut off, written by a newer
// version or is no plan at all ends in a [*FileError].
func Read(r io.Reader) (*Plan, error) {
	pr, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	p := &Plan{}
	for {
		op, err := pr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		p.Operations = append(p.Operations, op)
	}
	p.Header, p.Trailer = pr.Header, *pr.trailer
	if err := p.route(); err != nil {
		return nil, &FileError{Message: err.Error(), Hint: hintReplan}
	}
	return p, nil
}

// RouteOf is the route of an operation, which is that of its class.
func (t *Trailer) RouteOf(op *Operation) (Route, error) {
	class := op.Class()
	if class == "" {
		return None, nil
	}
	for _, rc := range t.Routes {
		if rc.Class == class {
			return rc.Route, nil
		}
	}
	return "", fmt.Errorf("the trailer has no route for the %s of %q", op.Action, op.AccountName)
}

// Write writes a whole plan again, for example when operations were dropped from it: header and operations are taken as they are, checksum and
// fingerprint are computed anew.
func (p *Plan) Write(w io.Writer) error {
	pw, err := NewWriter(w, &p.Header)
	if err != nil {
		return err
	}
	defer pw.Stop()
	for i := range p.Operations {
		if err := pw.Operation(&p.Operations[i]); err != nil {
			return err
		}
	}
	return pw.Close(&p.Trailer)
}
