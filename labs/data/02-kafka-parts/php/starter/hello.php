<?php

declare(strict_types=1);

/*
 * Sends one message and says where it went:
 *
 *   php hello.php host                                       on this machine
 *   docker compose run --rm php php hello.php container      in a container
 *
 * In a container 127.0.0.1 is the container itself. compose.yaml here shares
 * the host's network, which works on Linux; elsewhere the brokers need a
 * listener that advertises an address which containers can reach.
 */

require __DIR__.'/lib/lab.php';

use RdKafka\Message;
use RdKafka\Producer;

$from = $argv[1] ?? 'host';
$conf = Lab\conf(['message.timeout.ms' => '10000']);
// TODO: set a delivery report callback that prints partition and offset, or the error.

$producer = new Producer($conf);
// TODO: send "hello from $from" to the topic Lab\name('hello'), with $from as key.
// TODO: wait until it is delivered; without flush() the process ends before it is sent.
