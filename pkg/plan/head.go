package plan

// A head keeps the first operations of a plan while it is written, so that it can be shown without being read again.
type head struct {
	most    int
	kept    map[Action]int // all that send count as one, under no action
	reasons map[Action]string
	varied  map[Action]bool
	ops     []Operation
}

func newHead(most int) *head {
	return &head{most: most, kept: map[Action]int{}, reasons: map[Action]string{}, varied: map[Action]bool{}}
}

// add keeps an operation if it is among the first of those that send, of those that are blocked, or of those that are
// untouched; and the first of its action whose reason is another one, which shows that not all share one.
func (h *head) add(op *Operation) {
	if h.most <= 0 {
		return
	}
	group := op.Action
	if op.Action.Sent() {
		group = ""
	}
	first, seen := h.reasons[op.Action]
	if !seen {
		h.reasons[op.Action] = op.Reason
	}
	other := seen && first != op.Reason && !h.varied[op.Action]
	if other {
		h.varied[op.Action] = true
	}
	if h.kept[group] < h.most || other {
		h.kept[group]++
		h.ops = append(h.ops, *op)
	}
}

// plan is what was kept, as a plan whose counts are of the whole.
func (h *head) plan(header Header, t Trailer) (*Plan, error) {
	if h.most <= 0 {
		return nil, nil
	}
	p := &Plan{Header: header, Operations: h.ops, Trailer: t}
	return p, p.route()
}

// route settles the route of every operation.
func (p *Plan) route() error {
	for i := range p.Operations {
		var err error
		if p.Operations[i].Route, err = p.Trailer.RouteOf(&p.Operations[i]); err != nil {
			return err
		}
	}
	return nil
}
