package diff

// SetStockBytes makes a stock that size until what it returns is called; 0: none is made.
func SetStockBytes(n int) (restore func()) {
	was := stockBytes
	stockBytes = n
	return func() { stockBytes = was }
}
