package nelm

import (
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// tiny is a tenant behind real connections that gives one source.
func tiny() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"access_token":"opaque","expires_in":600,"tenant_id":"t-1"}`)
	})
	mux.HandleFunc("GET /v2024/non-employee-sources", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `[{"id":"u","sourceId":"s","name":"N"}]`)
	})
	return mux
}

func TestCertificatesAreChecked(t *testing.T) {
	server := httptest.NewUnstartedServer(tiny())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	clock := &steppedClock{}
	config := Config{BaseURL: server.URL, ClientID: "id", ClientSecret: testSecret, Clock: clock}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sources(t.Context()); err == nil || !strings.Contains(err.Error(), "not trusted") || !strings.Contains(err.Error(), "CA file") {
		t.Errorf("an unknown authority: got %v, want an error that names the remedy", err)
	}
	if len(clock.slept) > 0 || len(c.Requests()) > 0 {
		t.Errorf("an unknown authority was waited for %d times and sent %v, want an end at once", len(clock.slept), c.Requests())
	}
	config.CAFile = file
	if c, err = New(config); err != nil {
		t.Fatal(err)
	}
	if list, err := c.Sources(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("with the CA file: %d sources, %v", len(list), err)
	}

	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(config); err == nil || !strings.Contains(err.Error(), "no PEM certificate") {
		t.Errorf("a file without a certificate: got %v", err)
	}
	config.CAFile = filepath.Join(t.TempDir(), "missing.pem")
	if _, err := New(config); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: got %v", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var followed bool
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { followed = true }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	c, err := New(Config{BaseURL: server.URL, ClientID: "id", ClientSecret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sources(t.Context()); !errors.Is(err, ErrShape) {
		t.Errorf("got %v, want ErrShape", err)
	}
	if followed {
		t.Error("the secret went to another host")
	}
}

func TestAServiceThatNeverAnswersTimesOut(t *testing.T) {
	ended := make(chan struct{})
	mux := tiny().(*http.ServeMux)
	mux.HandleFunc("POST /v2024/non-employee-records/bulk-delete", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-ended
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(ended)
	c, err := New(Config{BaseURL: server.URL, ClientID: "id", ClientSecret: testSecret, Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	src := &Source{client: c, described: schema.Source{SourceID: "s"}}
	err = src.Delete(t.Context(), []string{"r-1", "r-2"})
	if !errors.Is(err, ErrUnknownOutcome) || !strings.Contains(err.Error(), "timed out") {
		t.Errorf("got %v, want ErrUnknownOutcome that says why", err)
	}
}

func TestUserAgentSaysWhoAsks(t *testing.T) {
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("User-Agent")
		tiny().ServeHTTP(w, r)
	}))
	defer server.Close()
	c, err := New(Config{BaseURL: server.URL, ClientID: "id", ClientSecret: testSecret, UserAgent: UserAgent("1.2.0")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sources(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, "nelm-reconcile/1.2.0 (") || !strings.Contains(got, "; ") || !strings.Contains(got, ") Go/1.") {
		t.Errorf("introduced as %q", got)
	}
}
