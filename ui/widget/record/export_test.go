package record

// Walked counts the rows that were laid out so far.
func (v *View) Walked() int {
	if v.rows == nil {
		return 0
	}
	return v.rows.walked
}
