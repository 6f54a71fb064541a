/** Transforms that everybody needs, shipped as an ordinary plug-in. */
package dev.tributary.transforms.basic;
