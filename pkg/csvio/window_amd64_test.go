package csvio

// quickLooks are the faster ways of looking that this processor has.
var quickLooks = func() map[string]func(*sight, []byte, int, byte, *carry, int) int {
	all := map[string]func(*sight, []byte, int, byte, *carry, int) int{}
	with := func(wide bool) func(*sight, []byte, int, byte, *carry, int) int {
		return func(s *sight, b []byte, n int, delim byte, c *carry, pos int) int {
			defer func(was bool) { hasAVX512 = was }(hasAVX512)
			hasAVX512 = wide
			return s.look(b, n, delim, c, pos)
		}
	}
	if hasAVX2 {
		all["AVX2"] = with(false)
	}
	if hasAVX512 {
		all["AVX-512"] = with(true)
	}
	return all
}()
