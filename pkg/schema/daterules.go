package schema

import "fmt"

// The years between which a contract's dates are ordinary: 1970 to 2099.
const (
	firstOrdinaryYear, lastOrdinaryYear = 1970, 2099

	ordinaryFrom = 0
	ordinaryTo   = 47481
)

// date looks at a cell of a date attribute that cannot be read as one.
func (in *inspector) date(i int, cell []byte, fault dateFault) {
	cell, ok := in.begin(i, cell)
	if !ok {
		return
	}
	code := CodeDateBad
	if fault == dateAmbiguous {
		code = CodeDateAmbiguous
	}
	if in.tell(code, i) {
		e := dateError(fault, cell, in.c.columns[i].Dates)
		in.report(e.Code, i, e.Message, e.Hint)
	}
}

// plainDate looks at a date that is not an ordinary instant.
func (in *inspector) plainDate(i int, cell []byte, when stamp) {
	if when.form != zoned && in.c.options.Reading.Zone == nil && in.tell(CodeDateZone, i) {
		e := zoneError(cell)
		if in.mute != nil && in.mute.zoneless > 1 {
			e.Message += fmt.Sprintf("; so it is with %d cells of the list", in.mute.zoneless)
		}
		in.report(e.Code, i, e.Message, e.Hint)
	}
	switch {
	case when.day < ordinaryFrom || when.day > ordinaryTo:
		if in.tell(CodeDateOdd, i) {
			in.report(CodeDateOdd, i, fmt.Sprintf("%s is in the year %d", quote(cell), dayOf(when.day).Year), "correct the year, unless it stands for a contract without an end and your tenant takes it so")
		}
	case !isRealOffset(when.east):
		if in.tell(CodeDateOdd, i) {
			in.report(CodeDateOdd, i, quote(cell)+" has an offset that no place on earth has", fmt.Sprintf("correct the offset: they run from -%d:00 to +%d:00", mostWest, mostEast))
		}
	}
	if i == in.c.end && when.form == floating && when.sec == 0 && when.nanos == 0 && in.tell(CodeEndMidnight, i) {
		in.report(CodeEndMidnight, i, quote(cell)+" ends the contract as that day begins, not as it ends", "write the day alone: it then ends at 23:59:59")
	}
}

// end looks at when a contract ends.
func (in *inspector) end(end stamp) {
	c := in.c
	if c.now == 0 || end.day > c.today+1 { // an offset moves a day by one at most
		return
	}
	day, at := in.settle(end)
	if over := end.form == dayOnly && day < c.today || end.form != dayOnly && at < c.now; over && in.tell(CodeAlreadyEnded, c.end) {
		in.report(CodeAlreadyEnded, c.end, dayOf(day).String()+" is in the past", "leave it if the contract has ended; otherwise enter its new end")
	}
}

// start looks at when a contract starts.
func (in *inspector) start(start stamp) {
	c := in.c
	if c.now == 0 || c.options.StartAhead < 0 || start.day <= c.aheadDay {
		return
	}
	if in.tell(CodeStartFar, c.start) {
		in.report(CodeStartFar, c.start, fmt.Sprintf("%s is %d days ahead", dayOf(start.day), start.day-c.today), "correct the year, unless the contract really starts so late")
	}
}

// term looks at the two dates of a contract together.
func (in *inspector) term(start, end stamp) {
	c := in.c
	if days := end.day - start.day; days > 1 && (c.termDays == 0 || days <= c.termDays) {
		return
	}
	startDay, startAt := in.settle(start)
	endDay, endAt := in.settle(end)
	before := endDay < startDay
	if start.form != dayOnly && end.form != dayOnly {
		before = endAt < startAt
	}
	switch {
	case before:
		if in.tell(CodeEndBefore, c.end) {
			in.report(CodeEndBefore, c.end, fmt.Sprintf("the contract ends on %s, before it starts on %s", dayOf(endDay), dayOf(startDay)), "correct one of the two dates")
		}
	case c.termDays > 0 && endDay-startDay > c.termDays:
		if in.tell(CodeTermLong, c.end) {
			in.report(CodeTermLong, c.end, fmt.Sprintf("the contract runs for %d days, and %d are allowed", endDay-startDay, c.termDays), "correct one of the two dates, or have the longer term agreed")
		}
	}
}

// settle is the day of a stamp in the reader's zone and, where it has a time of day, its instant.
func (in *inspector) settle(s stamp) (day int32, unix int64) {
	if s.form == dayOnly {
		return s.day, 0
	}
	s = s.in(in.c.calendar.zone)
	return in.c.calendar.day(s.unix()), s.unix()
}
