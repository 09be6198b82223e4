package nelm

import (
	"encoding/json"
	"testing"
	"time"
)

// What the pace costs a request: nothing beside a hundred milliseconds of the service's. The slots in memory are the
// yardstick for those in a file.
func BenchmarkSlots(b *testing.B) {
	shared, err := OpenSlots(b.TempDir(), Config{BaseURL: "https://acme.example.com", ClientID: "id"})
	if err != nil {
		b.Fatal(err)
	}
	defer shared.Close()
	for _, row := range []struct {
		name  string
		slots Slots
	}{{"memory", NewSlots()}, {"file", shared}} {
		b.Run(row.name, func(b *testing.B) {
			now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
			for b.Loop() {
				until := now.Add(time.Minute)
				slot, _, err := row.slots.Take(now, until, SlotCount)
				if err != nil || slot < 0 {
					b.Fatalf("slot %d, %v", slot, err)
				}
				if err := row.slots.Open(slot, until, now.Add(window)); err != nil {
					b.Fatal(err)
				}
				now = now.Add(time.Second)
			}
		})
	}
}

// Decoding and checking one full page of records.
func BenchmarkDecodePage(b *testing.B) {
	s := newStage(b)
	body, err := json.Marshal(s.crowd(pageSize))
	if err != nil {
		b.Fatal(err)
	}
	c := s.client()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		list, err := decodeList[recordBody](c, "list records", body)
		if err != nil || len(list) != pageSize {
			b.Fatal(len(list), err)
		}
	}
}
