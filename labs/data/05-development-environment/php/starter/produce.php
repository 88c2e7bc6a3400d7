<?php

declare(strict_types=1);

/*
 * Writes one event in Avro:  php produce.php ada@example.com
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\Producer;

$topic = Lab\name('users');
$event = ['id' => 'u-'.bin2hex(random_bytes(4)), 'email' => $argv[1] ?? 'ada@example.com', 'registered' => (int) (microtime(true) * 1000)];

// TODO: encode the event with the schema of user.avsc, under the subject "$topic-value".
//       Registry::fromEnv()->encode() registers it if need be.
// TODO: produce it, keyed by the user's id, and wait for the delivery report.
