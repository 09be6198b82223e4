package sandbox

import (
	"net"
	"net/http"
	"strconv"
	"time"
)

// statusReset is the status of an exchange that ends without an answer.
const statusReset = 0

// failBefore does the faults that take the place of an operation.
func (s *Sandbox) failBefore(x *exchange) *refusal {
	for _, f := range x.faults {
		switch f.Kind {
		case "slow":
			if s.clock.Sleep(x.r.Context(), f.duration) != nil {
				return &refusal{status: statusReset}
			}
		case "429":
			s.counter.limited()
			limited := rateLimited()
			limited.header.Set("Retry-After", strconv.Itoa(max(1, f.number)))
			return limited
		case "500":
			return internalFault()
		case "502":
			return gatewayFault(http.StatusBadGateway)
		case "503":
			bad := gatewayFault(http.StatusServiceUnavailable)
			if f.Value != "" {
				bad.header = http.Header{"Retry-After": {strconv.Itoa(f.number)}}
			}
			return bad
		case "504":
			return gatewayFault(http.StatusGatewayTimeout)
		case "reset":
			return &refusal{status: statusReset}
		case "hang":
			// Whether the time is over or the client has gone, there is no answer.
			_ = s.clock.Sleep(x.r.Context(), f.duration)
			return &refusal{status: statusReset}
		}
	}
	return nil
}

// send writes an outcome, with the faults of the answer.
func (s *Sandbox) send(x *exchange, out outcome) {
	if _, drew := x.drew("503-after"); drew && out.status != statusReset {
		out = s.outcome(nil, gatewayFault(http.StatusServiceUnavailable))
	}
	if _, drew := x.drew("reset-after"); drew || out.status == statusReset {
		reset(x.w)
		return
	}
	h := x.w.Header()
	for name, values := range out.header {
		h[name] = values
	}
	if x.version == "beta" {
		h.Set("X-Deprecated", "true") // all of its operations are
	}
	if out.contentType != "" {
		h.Set("Content-Type", out.contentType)
	}
	if out.status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(out.raw)))
	}
	x.w.WriteHeader(out.status)
	if f, drew := x.drew("cut"); drew {
		s.write(x, out.raw[:int(f.share*float64(len(out.raw)))])
		flush(x.w)
		panic(http.ErrAbortHandler) // the documented way to end a connection in the middle of an answer
	}
	if f, drew := x.drew("slow-body"); drew {
		s.dribble(x, out.raw, f.duration)
		return
	}
	s.write(x, out.raw)
}

// write gives up when the client has gone: there is nobody left to tell.
func (s *Sandbox) write(x *exchange, raw []byte) bool {
	_, err := x.w.Write(raw)
	return err == nil
}

// dribble sends a body in parts, each after its share of the time.
func (s *Sandbox) dribble(x *exchange, raw []byte, over time.Duration) {
	const parts = 20
	for i := range parts {
		if s.clock.Sleep(x.r.Context(), over/parts) != nil || !s.write(x, raw[i*len(raw)/parts:(i+1)*len(raw)/parts]) {
			return
		}
		flush(x.w)
	}
}

// flush sends what is buffered; where the writer cannot, the end of the answer will.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// reset ends the connection without an answer: with a TCP reset where the connection can be had, and by aborting elsewhere.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		if err := tcp.SetLinger(0); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	// The connection is being thrown away; how that ends is of no interest.
	_ = conn.Close()
}
