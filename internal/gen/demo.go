package gen

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the demo's zone must be known wherever it is made
)

// DemoZone is the time zone in which the days of the demo's list are meant.
const DemoZone = "Europe/Berlin"

// DemoSource is the name of the source that the demo's list belongs to.
const DemoSource = "Contractors EMEA"

// DemoAsOf is the day on which the demo plays: a Monday.
func DemoAsOf() time.Time { return day(2026, time.March, 2) }

// Demo is a contractor list as people send it, and the tenant it is compared with. How they differ is said by its counts and faults.
type Demo struct {
	zone    *time.Location
	rows    []listRow
	records []contractor
	apac    []contractor
	pending [2]contractor // in one source each
}

// Sizes of the demo's groups of people. They are exact: a test compares the files with them.
const (
	demoSame        = 514 // in list and tenant, the same by meaning
	demoLeavers     = 12  // in the tenant only
	demoCreates     = 35  // in the list only, with nothing wrong
	demoAwaited     = 1   // in the list, and asked for in a request that waits for approval
	demoEnded       = 14  // of the same: ended before the day of the demo
	demoApac        = 25  // records of the other source
	demoInactiveOwn = 1   // of the same: still under the manager who has left
)

// DemoUpdates returns how many people of the list differ from their record, by the attributes in which they do.
func DemoUpdates() map[string]int {
	updates := map[string]int{}
	for _, group := range demoUpdates() {
		updates[group.attributes] += group.people
	}
	return updates
}

type updateGroup struct {
	attributes string
	people     int
	change     func(*contractor, uint64)
}

func demoUpdates() []updateGroup {
	return []updateGroup{
		{"endDate", 56, extend},
		{"endDate", 2, func(c *contractor, _ uint64) { c.end = day(2026, time.February, 27) }},
		{"manager", 9, succeed},
		{"endDate, manager", 3, func(c *contractor, d uint64) { extend(c, d); succeed(c, d) }},
		{"vendor", 4, changeVendor},
		{"costCenter, vendor", 2, func(c *contractor, d uint64) { changeVendor(c, d); c.costCenter = costCenterOf(mix(d)) }},
		{"phone", 4, func(c *contractor, d uint64) { c.phone = phoneOf(9_000+int(d%900), d) }},
	}
}

// contractor is a person of the demo, with days instead of instants.
type contractor struct {
	login, first, last                    string
	phone, mail, manager                  string
	start, end                            time.Time // midnight UTC of the day
	vendor, costCenter, siteCode, badgeNo string
	hash                                  uint64
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// NewDemo makes the list and the tenant. Its error is that of a zone that cannot be loaded.
func NewDemo() (*Demo, error) {
	zone, err := time.LoadLocation(DemoZone)
	if err != nil {
		return nil, fmt.Errorf("make the demo: %w", err)
	}
	d := &Demo{zone: zone}
	cast := casting{taken: map[string]int{}}
	for _, identity := range demoIdentities() {
		cast.taken[identity.alias] = 1
	}
	ordinary := d.addSame(&cast)
	d.addUpdates(&cast)
	d.addCreates(&cast)
	for i := range demoLeavers {
		c := cast.next()
		if i < 2 {
			c.end = day(2026, time.January, 31)
		}
		d.records = append(d.records, c)
	}
	d.plantFaults(&cast, ordinary)
	for range demoApac {
		d.apac = append(d.apac, cast.next())
	}
	d.pending[1] = cast.next()
	d.pending[1].start, d.pending[1].end = day(2026, time.March, 16), day(2026, time.December, 31)

	// People do not sort their lists by what a reader would like to find together.
	order := newPermutation(len(d.rows), demoSeed)
	rows := make([]listRow, len(d.rows))
	for i := range rows {
		rows[i] = d.rows[order.at(i)]
	}
	d.rows = rows
	slices.SortFunc(d.records, func(a, b contractor) int { return cmp.Compare(a.hash, b.hash) })
	return d, nil
}

// addSame adds the people who are the same in list and tenant, and returns those of them of whom nothing special is to be told.
func (d *Demo) addSame(cast *casting) (ordinary []contractor) {
	// The days on which the clocks change, where a fixed offset would be an hour out.
	changes := []time.Time{day(2026, time.March, 29), day(2026, time.October, 25), day(2027, time.March, 28)}
	for i := range demoSame {
		c := cast.next()
		switch special := i - demoEnded; {
		case special < 0:
			c.end = DemoAsOf().AddDate(0, 0, -1-int(c.hash%170))
			c.start = c.end.AddDate(-1, 0, 1)
		case special < demoInactiveOwn:
			c.manager = inactiveManager
		case special < demoInactiveOwn+len(changes):
			c.start, c.end = day(2025, time.March, 30), changes[special-demoInactiveOwn]
		default:
			ordinary = append(ordinary, c)
		}
		d.keep(c, c)
	}
	return ordinary
}

// addUpdates adds the people of whom the list says something else than the tenant.
func (d *Demo) addUpdates(cast *casting) {
	soon := []time.Time{day(2026, time.March, 31), day(2026, time.March, 31), day(2026, time.April, 30)}
	for _, group := range demoUpdates() {
		for range group.people {
			old := cast.next()
			old.end = day(2026, time.September, 30)
			if strings.Contains(group.attributes, "endDate") {
				old.end = soon[old.hash%uint64(len(soon))]
			}
			if strings.Contains(group.attributes, "manager") {
				old.manager = inactiveManager
			}
			listed := old
			group.change(&listed, mix(old.hash))
			d.keep(old, listed)
		}
	}
}

// addCreates adds the people who are new in the list, the last of them asked for in a request as well.
func (d *Demo) addCreates(cast *casting) {
	for range demoCreates + demoAwaited {
		c := cast.next()
		c.start = DemoAsOf().AddDate(0, 0, 7*int(1+c.hash%10))
		c.end = endOfMonth(c.start.AddDate(0, 5+int(c.hash>>8%13), 0))
		d.rows = append(d.rows, listRow{contractor: c})
		d.pending[0] = c
	}
}

// keep puts a person into the tenant as old and into the list as listed.
func (d *Demo) keep(old, listed contractor) {
	d.records = append(d.records, old)
	d.rows = append(d.rows, listRow{contractor: listed})
}

const demoSeed = 20260302

// casting makes up people, each with a login of their own.
type casting struct {
	people int
	taken  map[string]int
}

func (cast *casting) next() contractor {
	r := newRow(demoSeed, cast.people)
	n := cast.people
	cast.people++
	c := contractor{first: r.first.written, last: r.last.written, hash: r.hash}
	c.login = r.first.fold() + "." + r.last.fold()
	cast.taken[c.login]++
	if times := cast.taken[c.login]; times > 1 {
		c.login += strconv.Itoa(times)
	}
	c.mail = c.login + []string{"@example.com", "@example.com", "@example.org"}[r.draw(email)%3]
	c.phone = phoneOf(n, r.draw(phone))
	c.manager = activeManager(r.draw(manager))
	c.start = day(2023, time.January, 2).AddDate(0, 0, int(r.draw(startDate)%1120))
	ends := []time.Time{
		day(2026, time.June, 30), day(2026, time.June, 30), day(2026, time.September, 30), day(2026, time.December, 31),
		day(2026, time.December, 31), day(2027, time.March, 31), day(2026, time.May, 1).AddDate(0, 0, int(r.draw(endDate)>>8%400)),
	}
	c.end = ends[r.draw(endDate)%uint64(len(ends))]
	c.vendor = demoVendors[r.draw(vendor)%uint64(len(demoVendors))]
	c.costCenter = costCenterOf(r.draw(costCenter))
	c.siteCode = sites[r.draw(siteCode)%uint64(len(sites))] + strconv.Itoa(1+int(r.draw(siteCode)>>16%3))
	c.badgeNo = fmt.Sprintf("B-%05d", 10_000+int(mix(uint64(n))%80_000))
	return c
}

var demoVendors = [...]string{
	"Brightwater Consulting, Ltd.", "Nordlicht IT", "Aurora Staffing", "Müller & Söhne GmbH", "Delta Field Work", "Ridge Systems, Inc.",
	"Łódź Digital", "Granite Partners", `Studio "Vista"`, "Peak, Stone & Co.", "Kestrel Analytics", "Évora Serviços",
}

func costCenterOf(d uint64) string {
	return fmt.Sprintf("%04d-%s", 100+d%900, []string{"DE", "FR", "UK", "PL"}[d>>20%4])
}

// phoneOf writes the nth phone in one of the ranges that the regulators of Germany, Britain and France keep free for fiction, with the
// punctuation that people of the place use. Different numbers below 10,000 give different phones.
func phoneOf(n int, d uint64) string {
	thousand, rest := n/1000, n%1000
	german := []string{"+49 30 23125", "+49 69 90009", "+49 40 66969", "+49 221 4710", "+49 89 99998"}
	switch d % 3 {
	case 0:
		if thousand < len(german) {
			return fmt.Sprintf("%s-%03d", german[thousand], rest)
		}
	case 1:
		if thousand == 0 {
			return fmt.Sprintf("+44 20 7946 0%03d", rest)
		}
		if thousand == 1 {
			return fmt.Sprintf("+44 7700 900%03d", rest)
		}
	}
	return fmt.Sprintf("+33 1 99 00 %02d %02d", n/100%100, n%100)
}

func endOfMonth(t time.Time) time.Time { return day(t.Year(), t.Month()+1, 1).AddDate(0, 0, -1) }

// extend moves the end by six, nine or twelve months.
func extend(c *contractor, d uint64) {
	c.end = endOfMonth(day(c.end.Year(), c.end.Month(), 1).AddDate(0, []int{6, 6, 9, 12}[d%4], 0))
}

// succeed gives a person whose manager has left another one.
func succeed(c *contractor, d uint64) { c.manager = activeManager(d) }

func changeVendor(c *contractor, d uint64) {
	at := slices.Index(demoVendors[:], c.vendor)
	c.vendor = demoVendors[(at+1+int(d%uint64(len(demoVendors)-1)))%len(demoVendors)]
}
