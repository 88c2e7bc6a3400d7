package cmd

import (
	"context"

	"kconsole/avro/decode"
)

// decoding is how a tail decodes: values that name no schema by that of
// --value-schema, if it was given.
func (a *app) decoding(ctx context.Context, o tailOptions) (decode.Options, error) {
	if o.valueSchema == "" {
		return decode.Options{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	s, err := a.avroSchema(ctx, &draftFlags{kind: "avro"}, o.valueSchema)
	if err != nil {
		return decode.Options{}, err
	}
	values := decode.Rule{Schema: s, Matches: func(topic string, isKey bool) bool { return topic == o.topic && !isKey }}
	return decode.Options{Rules: []decode.Rule{values}}, nil
}
