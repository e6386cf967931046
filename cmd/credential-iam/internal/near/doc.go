// Package near knows which host of Google's a person probably meant who wrote another
// one: of another end, of a format or of a location that there is not.
//
// It answers nothing: no host gets a token because it is near one of Google's. A person
// is told, and decides. It is for the core alone, so that no adapter has its lists.
package near
