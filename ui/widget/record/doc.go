// Package record shows one record whole: its place, time, sizes, schema,
// headers and key, and its value as coloured JSON, as text, or byte by byte.
//
// The value is laid out once, as bytes and line starts; everything after that
// (making it safe, colouring, wrapping) happens for the rows that are visible,
// so a value of a megabyte scrolls like a small one.
package record
