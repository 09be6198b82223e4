package schema

import (
	"encoding/binary"
	"time"
	"unicode"
	"unicode/utf8"
)

// A stamp is a date cell as it was written, in whole numbers: reading one allocates nothing.
type stamp struct {
	day   int32 // number of the day as written, see dayNumber
	sec   int32 // second of that day as written
	nanos int32
	east  int32 // seconds east of UTC as written
	form  stampForm
}

type stampForm uint8

const (
	dayOnly  stampForm = iota // no time of day
	floating                  // a time of day without an offset: the reader must know whose
	zoned                     // a time of day with its offset
)

// isRealOffset tells offsets that some place on earth has, in seconds east of UTC.
func isRealOffset(east int32) bool { return east >= -mostWest*3600 && east <= mostEast*3600 }

// The farthest offsets, in hours.
const mostWest, mostEast = 12, 14

// unix is the instant of a zoned stamp in seconds.
func (s stamp) unix() int64 { return int64(s.day)*daySeconds + int64(s.sec) - int64(s.east) }

// in settles a floating stamp in a zone.
func (s stamp) in(zone *time.Location) stamp {
	if s.form != floating {
		return s
	}
	d := dayOf(s.day)
	_, east := time.Date(d.Year, d.Month, d.Day, 0, 0, int(s.sec), 0, zone).Zone()
	s.form, s.east = zoned, int32(east)
	return s
}

// time is the instant of a zoned stamp, in its own offset.
func (s stamp) time() time.Time {
	t := time.Unix(s.unix(), int64(s.nanos))
	if s.east == 0 {
		return t.UTC()
	}
	return t.In(time.FixedZone("", int(s.east)))
}

// A dateFault says why a cell is not a date.
type dateFault uint8

const (
	dateFine dateFault = iota
	dateUnknown
	dateAmbiguous
	dateShortYear
	dateNoSuchDay
	dateNoSuchTime
	dateOtherOrder
	dateSerial
	dateEpoch
	dateZoneName
)

// readStamp reads one date cell. The common shape, a timestamp such as 2026-03-31T23:59:59Z or a day such as 2026-03-31, is
// recognised in place; everything else goes through the reader of spellings.
func readStamp(cell []byte, order DateOrder) (stamp, dateFault) {
	if s, ok := readStrict(cell); ok {
		return s, dateFine
	}
	return readSpelling(trim(cell), order)
}

// readStrict reads a timestamp of RFC 3339 or a day of the same form.
func readStrict(cell []byte) (stamp, bool) {
	if len(cell) < 10 {
		return stamp{}, false
	}
	// "2006-01-" as digits of their own, in the places of the two hyphens 0.
	w := binary.LittleEndian.Uint64(cell) ^ 0x2d30302d30303030
	month, day := int(w>>40&15)*10+int(w>>48&15), int(cell[8]-'0')*10+int(cell[9]-'0')
	if !areDigits(w&^(0xff<<32|0xff<<56)) || w&(0xff<<32|0xff<<56) != 0 || month-1 >= 12 || month <= 0 || cell[8]-'0' > 9 || cell[9]-'0' > 9 {
		return stamp{}, false
	}
	year := int(w&15)*1000 + int(w>>8&15)*100 + int(w>>16&15)*10 + int(w>>24&15)
	if day == 0 || day > 28 && day > daysIn(year, month) || year == 0 {
		return stamp{}, false
	}
	s := stamp{day: dayNumber(year, month, day)}
	return s, len(cell) == 10 || cell[10] == 'T' && readClock(cell[11:], &s)
}

// Instant reads a timestamp of RFC 3339 with its offset, in the strict form that machines write. It is the number of its second since
// 1970; ok is false where it has a fraction of one, and for every other cell, also one that [ParseDate] can read.
func Instant(cell []byte) (sec int64, ok bool) {
	if day, sec, ok := commonInstant(cell); ok {
		return int64(day)*daySeconds + int64(sec), true
	}
	s, ok := readStrict(cell)
	return s.unix(), ok && s.form == zoned && s.nanos == 0
}

// areDigits says whether each of eight bytes is below 10.
func areDigits(w uint64) bool { return (w|(w+6*everyByte))&(0xf0*everyByte) == 0 }

// readClock reads the strict time of day and offset of RFC 3339, with 0 to 9 fraction digits.
func readClock(b []byte, s *stamp) bool {
	if len(b) < 9 {
		return false
	}
	// "15:04:05", likewise
	w := binary.LittleEndian.Uint64(b) ^ 0x30303a30303a3030
	hour, minute, second := int(w&15)*10+int(w>>8&15), int(w>>24&15)*10+int(w>>32&15), int(w>>48&15)*10+int(w>>56)
	if !areDigits(w&^(0xff<<16|0xff<<40)) || w&(0xff<<16|0xff<<40) != 0 || hour > 23 || minute > 59 || second > 59 {
		return false
	}
	b = b[8:]
	nanos := 0
	if b[0] == '.' {
		i, scale := 1, 100_000_000
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			nanos += int(b[i]-'0') * scale
			scale /= 10
		}
		if i == 1 || i > 10 || i == len(b) {
			return false
		}
		b = b[i:]
	}
	east := 0
	switch {
	case len(b) == 1 && b[0] == 'Z':
	case len(b) == 6 && (b[0] == '+' || b[0] == '-') && b[3] == ':':
		h, ok1 := twoDigits(b[1:])
		m, ok2 := twoDigits(b[4:])
		if !ok1 || !ok2 || h > 23 || m > 59 {
			return false
		}
		if east = (h*60 + m) * 60; b[0] == '-' {
			east = -east
		}
	default:
		return false
	}
	s.sec, s.nanos, s.east, s.form = int32(hour*3600+minute*60+second), int32(nanos), int32(east), zoned
	return true
}

func twoDigits(b []byte) (int, bool) {
	_ = b[1]
	h, l := b[0]-'0', b[1]-'0'
	return int(h)*10 + int(l), h <= 9 && l <= 9
}

// A part is one number or word of a date as somebody spelt it.
type part struct {
	number int
	digits int // how many; 0 for the name of a month, whose number is then in number
	after  byte
}

// readSpelling reads the date at the start of a trimmed cell and the time of day after it. A date is three parts, one of which
// may be the name of a month, or one number of eight digits.
func readSpelling(b []byte, order DateOrder) (stamp, dateFault) {
	var parts [3]part
	n, i, named, mixed := 0, 0, false, false
	for n < 3 && i < len(b) {
		r, _ := utf8.DecodeRune(b[i:])
		switch {
		case r >= '0' && r <= '9':
			start := i
			number := 0
			for ; i < len(b) && b[i]-'0' <= 9; i++ {
				if i-start < 9 {
					number = number*10 + int(b[i]-'0')
				}
			}
			parts[n] = part{number: number, digits: i - start}
			n++
			if i < len(b)-1 && parts[n-1].digits <= 2 && isOrdinal(b[i:]) {
				i += 2
			}
		case unicode.IsLetter(r):
			start := i
			for i < len(b) {
				r, size := utf8.DecodeRune(b[i:])
				if !unicode.IsLetter(r) && !unicode.IsMark(r) {
					break
				}
				i += size
			}
			word := b[start:i]
			if m := monthOf(word); m != 0 && !named {
				parts[n] = part{number: m}
				named = true
				n++
			} else if !(n == 0 && isWeekday(word)) && !(named && string(word) == "de") && !(n == 1 && (string(word) == "de" || string(word) == "of")) {
				return stamp{}, dateUnknown
			}
		default:
			return stamp{}, dateUnknown
		}
		if n == 1 && parts[0].digits >= 5 {
			break
		}
		if n == 3 {
			break
		}
		sep := i
		for i < len(b) && (b[i] == '-' || b[i] == '/' || b[i] == '.' || b[i] == ' ' || b[i] == ',') {
			i++
		}
		if sep == i && i < len(b) && !named {
			return stamp{}, dateUnknown
		}
		if n > 0 && i > sep {
			parts[n-1].after = b[sep]
			mixed = mixed || len(trim(b[sep+1:i])) > 0
		}
	}
	var year, month, day int
	switch {
	case n == 1 && parts[0].digits == 8:
		year, month, day = parts[0].number/10000, parts[0].number/100%100, parts[0].number%100
	case n == 1 && parts[0].digits == 5 && (i == len(b) || b[i] == '.'):
		return stamp{}, dateSerial
	case n == 1 && i == len(b) && (parts[0].digits == 10 || parts[0].digits == 13):
		return stamp{}, dateEpoch
	case n != 3:
		return stamp{}, dateUnknown
	case named:
		var fault dateFault
		if year, month, day, fault = namedDate(parts); fault != dateFine {
			return stamp{}, fault
		}
	default:
		if mixed || parts[0].after != parts[1].after || parts[0].after == ',' {
			return stamp{}, dateUnknown
		}
		var fault dateFault
		if year, month, day, fault = numberDate(parts, order); fault != dateFine {
			return stamp{}, fault
		}
	}
	if month < 1 || month > 12 || day < 1 || day > 31 || year < 1 {
		return stamp{}, dateUnknown
	}
	if day > daysIn(year, month) {
		return stamp{}, dateNoSuchDay
	}
	s := stamp{day: dayNumber(year, month, day)}
	if i == len(b) {
		return s, dateFine
	}
	if b[i] == 'T' || b[i] == 't' {
		i++
	} else {
		start := i
		for i < len(b) && (b[i] == ' ' || b[i] == ',') {
			i++
		}
		if i == start {
			return stamp{}, dateUnknown
		}
	}
	return s, readTimeOfDay(b[i:], &s)
}

// isOrdinal says whether an English ordinal's ending stands there: the 3rd, the 21st.
func isOrdinal(b []byte) bool {
	a, c := b[0]|0x20, b[1]|0x20
	return (a == 's' && c == 't' || a == 'n' && c == 'd' || a == 'r' && c == 'd' || a == 't' && c == 'h') &&
		(len(b) == 2 || !unicode.IsLetter(rune(b[2])))
}

// namedDate orders a date in which the month is a name.
func namedDate(p [3]part) (year, month, day int, fault dateFault) {
	switch {
	case p[1].digits == 0: // 3 April 2026, 2026 April 3
		year, month, day = p[2].number, p[1].number, p[0].number
		if p[0].digits == 4 {
			year, day = day, year
			p[0], p[2] = p[2], p[0]
		}
		if p[2].digits == 2 && p[0].digits <= 2 {
			return 0, 0, 0, dateShortYear
		}
		if p[2].digits != 4 || p[0].digits > 2 {
			return 0, 0, 0, dateUnknown
		}
	case p[0].digits == 0: // April 3, 2026
		if p[2].digits == 2 && p[1].digits <= 2 {
			return 0, 0, 0, dateShortYear
		}
		if p[2].digits != 4 || p[1].digits > 2 {
			return 0, 0, 0, dateUnknown
		}
		year, month, day = p[2].number, p[0].number, p[1].number
	default:
		return 0, 0, 0, dateUnknown
	}
	return year, month, day, dateFine
}

// numberDate orders a date of three numbers.
func numberDate(p [3]part, order DateOrder) (year, month, day int, fault dateFault) {
	if p[1].digits > 2 {
		return 0, 0, 0, dateUnknown
	}
	if p[0].digits == 4 {
		if p[2].digits > 2 {
			return 0, 0, 0, dateUnknown
		}
		return p[0].number, p[1].number, p[2].number, dateFine
	}
	if p[0].digits > 2 {
		return 0, 0, 0, dateUnknown
	}
	if p[2].digits == 2 {
		return 0, 0, 0, dateShortYear
	}
	if p[2].digits != 4 {
		return 0, 0, 0, dateUnknown
	}
	first, second, year := p[0].number, p[1].number, p[2].number
	if first < 1 || second < 1 || first > 31 || second > 31 || first > 12 && second > 12 {
		return 0, 0, 0, dateUnknown
	}
	switch order {
	case DayFirst:
		if second > 12 {
			return 0, 0, 0, dateOtherOrder
		}
		return year, second, first, dateFine
	case MonthFirst:
		if first > 12 {
			return 0, 0, 0, dateOtherOrder
		}
		return year, first, second, dateFine
	}
	switch {
	case first == second || first > 12:
		return year, second, first, dateFine
	case second > 12:
		return year, first, second, dateFine
	}
	return 0, 0, 0, dateAmbiguous
}

// readTimeOfDay reads hh:mm, with seconds, a fraction, am or pm, and an offset as far as they are there.
func readTimeOfDay(b []byte, s *stamp) dateFault {
	hour, b, ok := shortNumber(b)
	if !ok || len(b) == 0 || b[0] != ':' {
		return dateUnknown
	}
	minute, b, ok := shortNumber(b[1:])
	if !ok {
		return dateUnknown
	}
	second := 0
	if len(b) > 0 && b[0] == ':' {
		if second, b, ok = shortNumber(b[1:]); !ok {
			return dateUnknown
		}
		if len(b) > 1 && (b[0] == '.' || b[0] == ',') && b[1]-'0' <= 9 {
			i, scale := 1, int32(100_000_000)
			for ; i < len(b) && b[i]-'0' <= 9; i++ {
				s.nanos += int32(b[i]-'0') * scale
				scale /= 10
			}
			if i > 10 {
				return dateUnknown
			}
			b = b[i:]
		}
	}
	b = trim(b)
	if len(b) >= 2 && b[1]|0x20 == 'm' && (b[0]|0x20 == 'a' || b[0]|0x20 == 'p') {
		if hour < 1 || hour > 12 {
			return dateNoSuchTime
		}
		hour %= 12
		if b[0]|0x20 == 'p' {
			hour += 12
		}
		b = trim(b[2:])
	}
	if hour > 23 || minute > 59 || second > 59 {
		return dateNoSuchTime
	}
	s.sec = int32(hour*3600 + minute*60 + second)
	return readOffset(b, s)
}

// readOffset reads nothing, Z, UTC, GMT, +hh, +hhmm or +hh:mm.
func readOffset(b []byte, s *stamp) dateFault {
	if len(b) == 0 {
		s.form = floating
		return dateFine
	}
	s.form = zoned
	switch string(b) {
	case "Z", "z", "UTC", "GMT":
		return dateFine
	}
	if b[0] != '+' && b[0] != '-' {
		if b[0]|0x20 >= 'a' && b[0]|0x20 <= 'z' {
			return dateZoneName
		}
		return dateUnknown
	}
	digits := b[1:]
	if len(digits) != 2 && len(digits) != 4 && !(len(digits) == 5 && digits[2] == ':') {
		return dateUnknown
	}
	hour, ok := twoDigits(digits)
	minute, ok2 := 0, true
	if len(digits) > 2 {
		minute, ok2 = twoDigits(digits[len(digits)-2:])
	}
	if !ok || !ok2 || hour > 23 || minute > 59 {
		return dateUnknown
	}
	s.east = int32((hour*60 + minute) * 60)
	if b[0] == '-' {
		s.east = -s.east
	}
	return dateFine
}

// shortNumber reads a number of one or two digits.
func shortNumber(b []byte) (int, []byte, bool) {
	if len(b) == 0 || b[0]-'0' > 9 {
		return 0, b, false
	}
	n := int(b[0] - '0')
	if len(b) == 1 || b[1]-'0' > 9 {
		return n, b[1:], true
	}
	n = n*10 + int(b[1]-'0')
	if len(b) > 2 && b[2]-'0' <= 9 {
		return 0, b, false
	}
	return n, b[2:], true
}
