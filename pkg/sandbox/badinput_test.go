package sandbox_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// endless is a body of any length that takes no memory to send. The client may go on reading it after the answer has come.
type endless struct {
	size int64
	sent atomic.Int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := int(min(int64(len(p)), e.size-e.sent.Load()))
	if n <= 0 {
		return 0, io.EOF
	}
	for i := range n {
		p[i] = 'x'
	}
	e.sent.Add(int64(n))
	return n, nil
}

// A body of 100 MB is refused when its limit is reached, and is not read to its end.
func TestBodiesOfAHundredMegabytes(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	for _, c := range []struct{ method, path, kind string }{
		{"POST", records, "application/json"},
		{"PATCH", firstRecord, "application/json-patch+json"},
		{"POST", uploadPath, "multipart/form-data; boundary=x"},
	} {
		body := &endless{size: 100 << 20}
		r, err := http.NewRequest(c.method, b.server.URL+c.path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+b.token(b.Credentials().Admin))
		r.Header.Set("Content-Type", c.kind)
		got, err := b.do(r)
		if err == nil { // the connection may also be closed before the answer is read
			if code, _ := got.want(t, 400).dto(t); code != codeLimit {
				t.Errorf("%s %s: %s", c.method, c.path, got.body)
			}
		}
		if sent := body.sent.Load(); sent > 40<<20 {
			t.Errorf("%s %s: %d MB were read", c.method, c.path, sent>>20)
		}
	}
}

func TestOddInput(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: withVendor("ann")})
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for _, c := range []struct {
		why, method, path, body string
		status                  int
	}{
		{"deep JSON", "POST", records, deep, 400},
		{"deep JSON in a patch", "PATCH", firstRecord, `[{"op":"add","path":"/data","value":` + deep + `}]`, 400},
		{"deep JSON in data", "POST", records, `{"data":` + deep + `}`, 400},
		{"an id with slashes", "GET", records + "/a%2Fb", "", 404},
		{"an id with a zero byte", "GET", records + "/a%00b", "", 404},
		{"a huge id", "GET", records + "/" + strings.Repeat("x", 5000), "", 404},
		{"a path that is not one", "GET", records + "/../../etc", "", 404},
		{"a long filter", "GET", records + "?filters=" + url.QueryEscape(`sourceId eq "`+strings.Repeat("x", 17<<10)+`"`), "", 400},
		{"a long sorter", "GET", records + "?sorters=" + strings.Repeat("id,", 5000) + "id", "", 200},
		{"many ids", "POST", records + "/bulk-delete", `{"ids":["` + strings.Repeat(`x","`, 50_000) + `x"]}`, 204},
		{"lone surrogates", "POST", records, `{"accountName":"\ud800"}`, 400},
		{"a JSON key twice", "PATCH", firstRecord, `[{"op":"test","op":"remove","path":"/phone"}]`, 400},
	} {
		if got := b.admin(c.method, c.path, c.body); got.status != c.status {
			t.Errorf("%s: %d %.200s", c.why, got.status, got.body)
		}
	}
	r, err := http.NewRequest("GET", b.server.URL+records, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+strings.Repeat("x.", 2500))
	if got, err := b.do(r); err != nil || got.status != 401 {
		t.Errorf("a long token: %d, %v", got.status, err)
	}
}

// The server cuts off a client that does not get on with its headers or its body. The limits are checked, not waited for.
func TestServersAreBoundedInTime(t *testing.T) {
	server := sandbox.NewServer(http.NotFoundHandler())
	for name, limit := range map[string]time.Duration{"headers": server.ReadHeaderTimeout, "bodies": server.ReadTimeout, "answers": server.WriteTimeout, "idle": server.IdleTimeout} {
		if limit <= 0 || limit > 15*time.Minute {
			t.Errorf("%s have a limit of %s", name, limit)
		}
	}
	if server.MaxHeaderBytes <= 0 || server.MaxHeaderBytes > 1<<20 {
		t.Errorf("headers may have %d bytes", server.MaxHeaderBytes)
	}
}

func TestServeStopsGracefully(t *testing.T) {
	l, err := sandbox.Listen(":0")
	if err != nil {
		t.Fatal(err)
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		t.Errorf("without a host it listens on %s", l.Addr())
	}
	entered, release := make(chan struct{}), make(chan struct{})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- sandbox.Serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			<-release
			w.WriteHeader(http.StatusTeapot)
		}))
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-entered
	stop()
	close(release)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusTeapot {
		t.Errorf("a running request was cut off: %v, %v", res, err)
	} else if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("a stop is no error: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

func TestListenAndServeSayWhatIsWrong(t *testing.T) {
	for _, addr := range []string{"nonsense", "127.0.0.1:99999", "256.0.0.1:0"} {
		if l, err := sandbox.Listen(addr); err == nil {
			t.Errorf("%s: listens on %s", addr, l.Addr())
		} else if !strings.Contains(err.Error(), addr) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	l, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := sandbox.Serve(context.Background(), l, http.NotFoundHandler()); err == nil || !strings.Contains(err.Error(), "serve on") {
		t.Errorf("a closed listener: %v", err)
	}
}

// Many large uploads at once are read a few at a time, and all are answered.
func TestManyLargeUploads(t *testing.T) {
	b := newBench(t, sandbox.Options{Seed: oneSource(0)})
	b.token(b.Credentials().Admin)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			r, err := http.NewRequest("POST", b.server.URL+uploadPath, &endless{size: 1 << 20})
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Authorization", "Bearer "+b.tokens[b.Credentials().Admin.ClientID])
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			if got, err := b.do(r); err != nil || got.status != 400 {
				t.Errorf("%d %s, %v", got.status, got.body, err)
			}
		})
	}
	wg.Wait()
}

// A client that sends half a header, or half a body, and then nothing is cut off. The limits are shortened for the test.
func TestSlowClientsAreCutOff(t *testing.T) {
	for why, sent := range map[string]string{
		"half a header": "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-",
		"half a body":   "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: " + urlencoded + "\r\nContent-Length: 100\r\n\r\ngrant_type=",
	} {
		box, err := sandbox.New(sandbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		server := sandbox.NewServer(box)
		server.ReadHeaderTimeout, server.ReadTimeout = 50*time.Millisecond, 50*time.Millisecond
		l, err := sandbox.Listen(":0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- server.Serve(l) }()
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, sent); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn) // ends when the server ends the connection
		if err != nil || strings.Contains(string(answer), "200 OK") {
			t.Errorf("%s: %s, %v", why, answer, err)
		}
		if err := errors.Join(conn.Close(), server.Close()); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}
}
