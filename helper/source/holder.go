package source

// SameHolder reports whether one credential document may replace another: a new
// key or a new sign-in of the same identity, as far as the documents tell.
func SameHolder(a, b *Document) bool {
	one, other := a.Text("account"), b.Text("account")
	if a.holder() != b.holder() {
		return false
	}
	return one == other || one == "" || other == ""
}

// holder is a digest of the document without what a new key or sign-in brings.
func (d *Document) holder() string {
	return d.digest(func(u use) bool { return u&decides != 0 && u&renews == 0 })
}
