package sandbox_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/sandbox"
)

// The load on loopback, with a full source. The sandbox's clock is made to run so fast that neither the rate limit nor a job's time
// is in the way; what is left is the sandbox's own work and the network of the machine.
//
//	go test -run xxx -bench Load -benchtime 3s ./pkg/sandbox

type load struct {
	server *httptest.Server
	box    *sandbox.Sandbox
	token  string
}

func newLoad(b *testing.B, records int) *load {
	b.Helper()
	box, err := sandbox.New(sandbox.Options{Seed: oneSource(records), Scale: time.Microsecond, TokenLife: 1e6 * time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(box)
	b.Cleanup(server.Close)
	server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 16
	l := &load{server: server, box: box}
	admin := box.Credentials().Admin
	l.token = into[struct {
		AccessToken string `json:"access_token"`
	}](&testing.T{}, l.send(b, "POST", "/oauth/token?grant_type=client_credentials&client_id="+admin.ClientID+"&client_secret="+admin.Secret, "", nil)).AccessToken
	return l
}

func (l *load) send(b *testing.B, method, path, kind string, body []byte) reply {
	r, err := http.NewRequest(method, l.server.URL+path, bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return reply{}
	}
	r.Header.Set("Authorization", "Bearer "+l.token)
	r.Header.Set("Content-Type", kind)
	res, err := l.server.Client().Do(r)
	if err != nil {
		b.Error(err)
		return reply{}
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		b.Errorf("%s %s: %s %.300s, %v", method, path, res.Status, raw, err)
	}
	return reply{status: res.StatusCode, body: string(raw)}
}

// run sends b.N requests from eight clients at once and reports requests per second and the 99th percentile.
func (l *load) run(b *testing.B, send func(i int)) {
	const clients = 8
	b.ResetTimer()
	began := time.Now()
	took := make([][]time.Duration, clients)
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for i := client; i < b.N; i += clients {
				before := time.Now()
				send(i)
				took[client] = append(took[client], time.Since(before))
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(began)
	b.StopTimer()
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	b.ReportMetric(float64(b.N)/elapsed.Seconds(), "req/s")
	b.ReportMetric(float64(all[(len(all)-1)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[(len(all)-1)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op") // eight at once: the time per operation says nothing
}

func BenchmarkLoadListPages(b *testing.B) {
	l := newLoad(b, 20_000)
	l.run(b, func(i int) {
		l.send(b, "GET", fmt.Sprintf("%s?limit=250&offset=%d&sorters=id", records, i%80*250), "", nil)
	})
}

func BenchmarkLoadGet(b *testing.B) {
	l := newLoad(b, 20_000)
	all, err := l.box.Records(retail)
	if err != nil {
		b.Fatal(err)
	}
	l.run(b, func(i int) { l.send(b, "GET", records+"/"+all[i%len(all)].ID, "", nil) })
}

func BenchmarkLoadPatch(b *testing.B) {
	l := newLoad(b, 20_000)
	all, err := l.box.Records(retail)
	if err != nil {
		b.Fatal(err)
	}
	l.run(b, func(i int) {
		l.send(b, "PATCH", records+"/"+all[i%len(all)].ID, "application/json-patch+json", fmt.Appendf(nil, `[{"op":"replace","path":"/phone","value":"%d"}]`, i))
	})
}

func BenchmarkLoadExport(b *testing.B) {
	l := newLoad(b, 20_000)
	l.run(b, func(int) { l.send(b, "GET", exportPath, "", nil) })
}

// One upload is a file of 20,000 rows, every one an update, and its job.
func BenchmarkLoadUpload(b *testing.B) {
	l := newLoad(b, 20_000)
	csv := l.send(b, "GET", exportPath, "", nil).body
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("data", "x.csv")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.WriteString(part, csv); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l.send(b, "POST", uploadPath, w.FormDataContentType(), form.Bytes())
		l.box.FinishJobs()
	}
}

// What a tenant takes in memory: the growth of the live heap over an empty one.
func BenchmarkMemory(b *testing.B) {
	for _, sources := range []int{1, 50} {
		b.Run(fmt.Sprintf("%dx20000", sources), func(b *testing.B) {
			var grown uint64
			for b.Loop() {
				grown = tenantSize(b, sources)
			}
			b.ReportMetric(float64(grown)/1e6, "MB")
			b.ReportMetric(float64(grown)/float64(sources)/20_000, "B/record")
		})
	}
}

func tenantSize(b *testing.B, sources int) uint64 {
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	seed := &sandbox.Seed{}
	for i := range sources {
		src := oneSource(0).Sources[0]
		src.SourceID, src.Name = fmt.Sprintf("%032d", i), fmt.Sprint("Source ", i)
		src.Attributes = []sandbox.SeedAttribute{{TechnicalName: "vendor"}, {TechnicalName: "costCentre"}}
		seed.Sources = append(seed.Sources, src)
	}
	box, err := sandbox.New(sandbox.Options{Seed: seed})
	if err != nil {
		b.Fatal(err)
	}
	for i := range sources {
		err := box.Mutate(fmt.Sprintf("%032d", i), func([]sandbox.Record) (all []sandbox.Record) {
			for n := range 20_000 {
				name := fmt.Sprintf("person.%05d.of.%02d", n, i)
				all = append(all, sandbox.Record{
					AccountName: name, FirstName: fmt.Sprint("First", n), LastName: fmt.Sprint("Last", n), Email: name + "@example.com", Phone: fmt.Sprint("+49 30 ", 1_000_000+n),
					Manager: fmt.Sprint("manager.", n%300), StartDate: time.Unix(int64(n), 0), EndDate: time.Unix(int64(n)*1000, 0),
					Data: map[string]string{"vendor": fmt.Sprint("Vendor ", n%40), "costCentre": fmt.Sprint(4000 + n%90)},
				})
			}
			return all
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	grown := heap() - before
	runtime.KeepAlive(box)
	return grown
}
