package sandbox

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// accessLog writes a line per request. It has the kind of the client and the pattern of the path, and neither query nor ids nor
// names: filters may hold mail addresses.
type accessLog struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *accessLog) line(began, ended time.Time, x *exchange, out outcome) {
	if l.w == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fault := ""
	for _, f := range x.faults {
		fault += " fault=" + f.Kind
	}
	// A log that cannot be written must not stop the service, and there is nowhere else to say it.
	_, _ = fmt.Fprintf(l.w, "%s %s %s %s %d %dB %s%s\n", began.UTC().Format("2006-01-02T15:04:05.000Z"), x.who, x.r.Method, x.path,
		out.status, len(out.raw), ended.Sub(began).Round(10*time.Microsecond), fault)
}
