package nelm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// errMoved says that a list changed while its pages were read.
var errMoved = errors.New("the source changed while it was read")

// List reads all records of the source, sorted by id, or fails: a list that is not whole would be taken for deletions.
// seen, which may be nil, is told how many of how many records have arrived; it is never called twice at once.
//
// Pages are read in parallel, sorted by id, each beginning with the last record of the page before. Where those two agree
// everywhere and as many records came as the service counts, every record that was there throughout is in the list.
// Otherwise the source has moved and is read once more; if it moves again the error matches [ErrUnavailable].
//
// A token that sees only some of the records, as an account manager's does, gives an error that matches [ErrDenied].
func (s *Source) List(ctx context.Context, seen func(done, total int)) ([]schema.Record, error) {
	const op = "list records"
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	bodies, err := s.whole(ctx, op, seen)
	if err != nil {
		return nil, err
	}
	if bodies, err = s.confirm(ctx, op, bodies, seen); err != nil {
		return nil, err
	}
	slices.SortFunc(bodies, func(a, b recordBody) int { return strings.Compare(a.ID, b.ID) })
	records := make([]schema.Record, len(bodies))
	for i := range bodies {
		if records[i], err = s.record(op, &bodies[i], names); err != nil {
			return nil, err
		}
		records[i].Ref.Row = int64(i + 1)
	}
	return records, nil
}

// whole reads all pages, and reads them once more if the source moved.
func (s *Source) whole(ctx context.Context, op string, seen func(done, total int)) ([]recordBody, error) {
	bodies, err := s.pages(ctx, op, seen)
	if errors.Is(err, errMoved) {
		s.client.log.Info("the source changed while it was read; reading it again")
		bodies, err = s.pages(ctx, op, seen)
	}
	if errors.Is(err, errMoved) {
		return nil, fmt.Errorf("%s: %w: %w, twice: try again when nobody else changes it", op, ErrUnavailable, err)
	}
	return bodies, err
}

// confirm compares the number of records that this token was given with the number that the source is said to hold. That
// number may lag behind our own changes, so it is asked only before the first of them; it never speaks against a longer
// list.
func (s *Source) confirm(ctx context.Context, op string, bodies []recordBody, seen func(done, total int)) ([]recordBody, error) {
	s.mu.Lock()
	stated, wrote := s.described.Count, s.wrote
	s.mu.Unlock()
	if wrote || len(bodies) >= stated {
		return bodies, nil
	}
	now, access, err := s.describe(ctx)
	if err != nil {
		return nil, err
	}
	if len(bodies) >= now.Count {
		return bodies, nil
	}
	if access.User && !access.Admin {
		return nil, fmt.Errorf("%s: %w: this token sees %d of the source's %d records, those that its person manages", op, ErrDenied, len(bodies), now.Count)
	}
	if bodies, err = s.whole(ctx, op, seen); err != nil {
		return nil, err
	}
	if len(bodies) < now.Count {
		return nil, fmt.Errorf("%s: %w: %d records came, and the source is said to hold %d", op, ErrUnavailable, len(bodies), now.Count)
	}
	return bodies, nil
}

// pages reads the pages of one pass.
func (s *Source) pages(ctx context.Context, op string, seen func(done, total int)) ([]recordBody, error) {
	first, total, err := s.page(ctx, op, 0, true)
	if err != nil {
		return nil, err
	}
	const step = pageSize - 1 // so that each page begins with the last record of the one before
	pages := [][]recordBody{first}
	for offset := step; offset+1 < total; offset += step {
		pages = append(pages, nil)
	}
	var mu sync.Mutex
	done := 0
	progress := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		if done += n; seen != nil {
			seen(min(done, total), total)
		}
	}
	progress(len(first))

	g, within := errgroup.WithContext(ctx)
	g.SetLimit(s.client.config.Parallel)
	for i := 1; i < len(pages); i++ {
		g.Go(func() error {
			page, _, err := s.page(within, op, i*step, false)
			if err != nil {
				return err
			}
			pages[i] = page
			progress(max(len(page)-1, 0))
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}

	ids := make(map[string]bool, total)
	all := make([]recordBody, 0, total)
	for i, page := range pages {
		if i > 0 {
			before := pages[i-1]
			if len(page) == 0 || len(before) == 0 || page[0].ID != before[len(before)-1].ID {
				return nil, errMoved
			}
		}
		for _, b := range page {
			if !ids[b.ID] {
				ids[b.ID] = true
				all = append(all, b)
			}
		}
	}
	if len(all) != total {
		return nil, errMoved
	}
	return all, nil
}

// page reads one page, and with it the number of all records where that is asked for.
func (s *Source) page(ctx context.Context, op string, offset int, count bool) ([]recordBody, int, error) {
	q := url.Values{
		"limit":   {strconv.Itoa(pageSize)},
		"offset":  {strconv.Itoa(offset)},
		"sorters": {"id"},
		"filters": {"sourceId eq " + quoted(s.id())},
	}
	if count {
		q.Set("count", "true")
	}
	a, err := s.client.do(ctx, call{op: op, method: http.MethodGet, path: s.client.path(recordsService), query: q, repeatable: true})
	if err != nil {
		return nil, 0, err
	}
	page, err := decodeList[recordBody](s.client, op, a.body)
	if err != nil {
		return nil, 0, err
	}
	if len(page) > pageSize {
		return nil, 0, shape(op, "a page of %d records, want at most %d", len(page), pageSize)
	}
	total := 0
	if count {
		header := a.header.Get("X-Total-Count")
		if total, err = strconv.Atoi(header); err != nil || total < 0 {
			return nil, 0, shape(op, "X-Total-Count is %q, want the number of records", header)
		}
	}
	return page, total, nil
}
