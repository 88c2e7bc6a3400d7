<?php

declare(strict_types=1);

/*
 * Writes a user with v1, then one with v2, and reads both with either schema:  php evolve.php
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use Lab\Schema;
use RdKafka\KafkaConsumer;
use RdKafka\Producer;

$topic = Lab\name('users');
$subject = "$topic-value";
$registry = Registry::fromEnv();
$v1 = file_get_contents(__DIR__.'/v1.avsc');
$v2 = file_get_contents(__DIR__.'/v2.avsc');

$registry->register($subject, $v1);
foreach ($registry->objections($subject, $v2) as $why) {
    echo "v2: $why\n"; // TODO: v2.avsc is refused as it is. Mend it.
}

// TODO: encode and produce one user with $v1 and one with $v2, keyed by id; flush.

// TODO: read the topic from its start with a group of its own, and print each value twice:
//       $registry->decode($message->payload, Schema::parse($v1)), and the same with $v2.
