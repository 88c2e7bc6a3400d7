// Package tailbox draws a live tail of records out of a ring buffer.
//
// A [Feed] owns what runs in the background: it reads from a [Source] into the
// ring, keeps what a filter lets through in a second ring, and asks for frames
// at a bounded rate. A [View] is the box on the screen. It decodes the records
// that are visible and no others, so a frame costs the same with ten records
// behind it and with ten million; all of it belongs to the event loop, and
// nothing in it waits.
package tailbox
