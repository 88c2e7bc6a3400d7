package lessons

import (
	"context"
	"fmt"
	"time"

	"kconsole/avro/registry"
	loadgen "kconsole/kafka/load"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// What the load test asks for, and over which time it is measured each time.
const (
	lab11Rate   = 500 // records a second
	lab11Window = 3 * time.Second
)

// lab11Schema is the schema of everything that is written here.
const lab11Schema = `{"type":"record","name":"OrderPlaced","namespace":"shop.orders","fields":[
 {"name":"id","type":"string"},{"name":"customer","type":"string"},{"name":"cents","type":"int"},
 {"name":"placed","type":{"type":"long","logicalType":"timestamp-millis"}}]}`

// lab11Topic makes a topic of three partitions with the schema.
func lab11Topic(ctx context.Context, env *labs.Env, short string, configs ...string) error {
	if err := env.CreateTopic(ctx, env.Name(short), 3, 3, configs...); err != nil {
		return err
	}
	versions, err := check.Versions(ctx, env, env.Name(short)+"-value")
	if err != nil || len(versions) > 0 {
		return err
	}
	_, err = env.Register(ctx, env.Name(short)+"-value", lab11Schema)
	return err
}

// lab11Maker makes values for a topic.
func lab11Maker(ctx context.Context, env *labs.Env, short string) (loadgen.Maker, error) {
	s, ok, err := check.Schema(ctx, env, env.Name(short)+"-value", registry.Latest)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the subject %s-value is gone: reset the lab", env.Name(short))
	}
	return loadgen.Avro(s, uint64(env.Nonce[0]))
}

// lab11Writes writes to a topic at a rate, in the background.
func lab11Writes(ctx context.Context, env *labs.Env, name, about, short string, rate float64, d time.Duration) error {
	if s := env.Services.Get(name); s != nil {
		if !s.Status().State.Over() {
			return nil
		}
		if err := env.Services.Stop(ctx, name); err != nil { // forget the ended one
			return err
		}
	}
	maker, err := lab11Maker(ctx, env, short)
	if err != nil {
		return err
	}
	env.Say("write %g records a second to %s", rate, env.Name(short))
	_, err = env.Services.StartTask(name, about, func(ctx context.Context) error {
		_, err := loadgen.Run(ctx, env.Cluster, loadgen.Options{
			Topic: env.Name(short), Rate: rate, Duration: d, Values: maker, Keys: loadgen.Keys{Distribution: loadgen.Uniform, Count: 500},
		})
		return err
	})
	return err
}

func lab11LoadTopic(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, "ledger"); err != nil { // of the step before
		return err
	}
	return lab11Topic(ctx, env, "load")
}

func lab11Loaded(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	return check.Rate(ctx, env, env.Name("load"), lab11Rate, lab11Window)
}

func lab11LoadedNudge(ctx context.Context, env *labs.Env) (string, error) {
	v, err := lab11Loaded(ctx, env)
	if err != nil {
		return "", err
	}
	if v.Done() {
		return "The rate is high enough. Now it has to stay so.", nil
	}
	return fmt.Sprintf("In the last %s: %s. It takes %d for each second, without a break: ask for a little more than that.", lab11Window, v.Observed, lab11Rate), nil
}

// lab11Load makes the load for longer than it has to hold.
func lab11Load(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, "load"); err != nil { // one that is too slow
		return err
	}
	return lab11Writes(ctx, env, "load", "the load test", "load", lab11Rate*1.2, 100*time.Second)
}

// lab11MostLag is how far the PHP consumer may be behind, in records.
const lab11MostLag = 1000

func lab11KeepsUp(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	v, err := lab11Loaded(ctx, env)
	if err != nil || !v.Done() {
		return v, err
	}
	lag, err := check.Lag(ctx, env, env.Name("php-load"), env.Name("load"))
	if err != nil {
		return labs.Verdict{}, err
	}
	if lag >= lab11MostLag {
		return labs.NotYet(fmt.Sprintf("the group %s keeps its lag under %d", env.Name("php-load"), lab11MostLag), "a lag of "+check.Count(lag, "record"), "look at the group in :groups"), nil
	}
	return labs.Done("%s, and the lag is %d", v.Seen, lag), nil
}

func lab11KeepsUpNudge(ctx context.Context, env *labs.Env) (string, error) {
	v, err := lab11KeepsUp(ctx, env)
	if err != nil {
		return "", err
	}
	if v.Done() {
		return "It keeps up. Now it has to stay so.", nil
	}
	return "At the moment: " + v.Observed + ". The load and the consumer have to run at the same time.", nil
}

func lab11KeepUp(ctx context.Context, env *labs.Env) error {
	if err := lab11Load(ctx, env); err != nil {
		return err
	}
	_, err := working(env, services.Consumer{
		Name: "php-load", About: "reads the load in batches", Group: env.Name("php-load"), Topics: []string{env.Name("load")}, MaxPollRecords: 500,
	})
	return err
}
