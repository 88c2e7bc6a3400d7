package control

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"kconsole/compose"
)

var _ compose.Measurer = (*Client)(nil)

// measureLimit bounds one measurement, on a machine that is busy.
const measureLimit = 15 * time.Second

// Measure measures what the brokers use, where the owner's stack can.
func (c *Client) Measure(ctx context.Context) ([]compose.Usage, error) {
	ctx, cancel := context.WithTimeout(ctx, measureLimit)
	defer cancel()
	var list []compose.Usage
	return list, c.call(ctx, http.MethodGet, "/v1/usage", &list)
}

func (s *Server) usage(w http.ResponseWriter, r *http.Request) {
	m, ok := s.stack.(compose.Measurer)
	if !ok {
		refuse(w, fmt.Errorf("%w: virtual brokers have no programs of their own to measure", compose.ErrUnsupported))
		return
	}
	list, err := m.Measure(r.Context())
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, list)
}
