package diff

import (
	"testing"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/internal/gen"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// BenchmarkHash times what is done with each row of either side: its key and its content are hashed.
func BenchmarkHash(b *testing.B) {
	const rows = 1500
	s := &schema.Schema{Attributes: schema.System()}
	names := gen.Header(12)
	for _, name := range names[len(s.Attributes):] {
		s.Attributes = append(s.Attributes, schema.Attribute{TechnicalName: name, Type: schema.Text})
	}
	var records []schema.Record
	for i := range rows {
		records = append(records, schema.Record{Values: gen.Row(1, 12, i)})
	}
	table, err := schema.NewMemory(names, records)
	if err != nil {
		b.Fatal(err)
	}
	o := Options{Schema: s, Reading: schema.Reading{Zone: time.UTC, PhoneDigits: true}}
	cols, err := pair(table, table, o)
	if err != nil {
		b.Fatal(err)
	}
	c := &comparison{columns: cols, o: o, desired: table, current: table, hasher: newHasher(), answers: &answers{}}
	if err := c.chooseSides(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := table.Blocks(b.Context(), func(block *schema.Block) error {
		for _, formed := range []bool{false, true} {
			b.Run(map[bool]string{false: "looked", true: "formed"}[formed], func(b *testing.B) {
				c.currentSide.formed = formed
				h := hashedFor(block, nil)
				for b.Loop() {
					c.hashCurrent(block, h)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(block.Len()), "ns/row")
			})
		}
		return errEnough
	}); err != errEnough {
		b.Fatal(err)
	}
}
