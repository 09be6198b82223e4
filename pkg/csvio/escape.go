package csvio

import "strings"

// risky are the characters that make a spreadsheet program take a cell for a formula.
const risky = "=+-@\t\r"

// escapeMark stands before a cell that a spreadsheet program would otherwise run, in files meant for people.
const escapeMark = '\''

// escape marks a cell that a spreadsheet program would take for a formula, and one that already begins like a marked one,
// so that isEscaped tells them apart on the way back. It is never used in what is sent to a tenant.
func escape(cell string) string {
	if cell == "" {
		return cell
	}
	bare := strings.TrimLeft(cell, string(escapeMark))
	if bare != "" && strings.IndexByte(risky, bare[0]) >= 0 {
		return string(escapeMark) + cell
	}
	return cell
}

// isEscaped reports whether escape put a mark before the cell.
func isEscaped(cell []byte) bool {
	if len(cell) < 2 || cell[0] != escapeMark {
		return false
	}
	i := 0
	for i < len(cell) && cell[i] == escapeMark {
		i++
	}
	return i < len(cell) && strings.IndexByte(risky, cell[i]) >= 0
}
