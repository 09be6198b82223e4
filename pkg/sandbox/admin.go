package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// adminPath is where a running sandbox is steered; the service has nothing there.
const adminPath = "/_sandbox"

// serveAdmin answers
//
//	GET    /_sandbox/faults    the faults in force
//	PUT    /_sandbox/faults    replaces them, POST adds to them; the body is JSON as ReadFaults takes it
//	DELETE /_sandbox/faults    ends them all
//	GET    /_sandbox/counts    what was seen so far
//	GET    /_sandbox/switches  all switches, with the values in force
//	POST   /_sandbox/jobs      ends all running uploads now
//
// It asks for no token: whoever can reach it can also read the environment file. Bodies must be declared as JSON, so that a web page
// cannot send one across origins without asking first, which is always refused.
func (s *Sandbox) serveAdmin(w http.ResponseWriter, r *http.Request) {
	body, status := s.admin(w, r)
	raw, contentType, err := encode(body)
	if err != nil {
		status, raw, contentType = http.StatusInternalServerError, []byte(err.Error()), "text/plain"
	}
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.WriteHeader(status)
	if _, err := w.Write(raw); err != nil {
		return // the client has gone
	}
}

type adminError struct {
	Error string `json:"error"`
}

func (s *Sandbox) admin(w http.ResponseWriter, r *http.Request) (body any, status int) {
	const jobs = "jobs"
	what := strings.TrimPrefix(r.URL.Path, adminPath+"/")
	if changes := r.Method != http.MethodGet; changes {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != typeJSON {
			return adminError{"send Content-Type: application/json"}, http.StatusUnsupportedMediaType
		}
	}
	switch r.Method + " " + what {
	case "GET faults":
		return faultFile{faultsVersion, faultsKind, s.deck.list()}, http.StatusOK
	case "PUT faults", "POST faults":
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxJSONBody))
		if err != nil {
			return adminError{err.Error()}, http.StatusBadRequest
		}
		faults, err := readFaultsJSON(bytes.TrimSpace(raw))
		if err != nil {
			return adminError{err.Error()}, http.StatusBadRequest
		}
		if r.Method == http.MethodPost {
			faults = append(s.deck.list(), faults...)
		}
		if err := s.SetFaults(faults); err != nil {
			return adminError{err.Error()}, http.StatusBadRequest
		}
		return faultFile{faultsVersion, faultsKind, s.deck.list()}, http.StatusOK
	case "DELETE faults":
		if err := s.SetFaults(nil); err != nil {
			return adminError{err.Error()}, http.StatusInternalServerError
		}
		return nil, http.StatusNoContent
	case "GET counts":
		return s.Counts(), http.StatusOK
	case "GET switches":
		return s.switchList(), http.StatusOK
	case "POST " + jobs:
		s.FinishJobs()
		return nil, http.StatusNoContent
	}
	return adminError{fmt.Sprintf("there is no %s %s: see faults, counts, switches and jobs under %s", r.Method, r.URL.Path, adminPath)}, http.StatusNotFound
}

type switchInForce struct {
	Name    string   `json:"name"`
	Value   string   `json:"value"`
	Default string   `json:"default"`
	Values  []string `json:"values"`
	Item    string   `json:"item"`
	Asks    string   `json:"asks"`
	Why     string   `json:"why"`
}

func (s *Sandbox) switchList() (all []switchInForce) {
	for _, sw := range Switches() {
		all = append(all, switchInForce{sw.Name, s.tenant.set[sw.Name], sw.Default, sw.Values, sw.Item, sw.Asks, sw.Why})
	}
	return all
}
