package compose

import "context"

// Usage is what the program of one broker uses.
type Usage struct {
	ID     int32   `json:"id"`
	CPU    float64 `json:"cpu"`    // of one core, over about the last second: 1.5 is one and a half cores
	Memory int64   `json:"memory"` // bytes of main memory, without the file cache
	Limit  int64   `json:"limit"`  // bytes that it may use; 0: as much as the machine has
}

// Measurer is a stack that can tell what its brokers use: one whose brokers are
// programs of their own.
type Measurer interface {
	// Measure measures the brokers that run, by id. It may take two seconds.
	// Where that is not possible it is [ErrUnsupported].
	Measure(ctx context.Context) ([]Usage, error)
}
