<?php

declare(strict_types=1);

/*
 * TODO: a third service: tells the customer that the order was shipped. It reads
 * shipments as the group "notification" and publishes to notifications; design
 * notification.avsc. Like payment.php and shipping.php it is a few lines, once
 * Service.php works.
 */

require __DIR__.'/lib/lab.php';
require __DIR__.'/Service.php';
