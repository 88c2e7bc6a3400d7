<?php

declare(strict_types=1);

use Illuminate\Database\Migrations\Migration;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\Schema;

return new class extends Migration
{
    public function up(): void
    {
        Schema::create('handled_events', function (Blueprint $table): void {
            $table->string('service');
            $table->string('order_id');
            $table->timestamp('handled_at');
            $table->primary(['service', 'order_id']);
        });
    }

    public function down(): void
    {
        Schema::dropIfExists('handled_events');
    }
};
