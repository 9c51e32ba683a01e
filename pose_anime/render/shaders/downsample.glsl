// The mean of each block of samples, taken with alpha multiplied in and divided out at the end.
// Rows are turned around on the way: the first row read back is the top of the picture.

#ifdef VERTEX

void main() {
    gl_Position = vec4(ivec2(gl_VertexID & 1, gl_VertexID >> 1) * 4 - 1, 0.0, 1.0);  // one large triangle
}

#endif
#ifdef FRAGMENT

uniform sampler2D samples;
uniform int block;

out vec4 straight;

void main() {
    ivec2 corner = ivec2(gl_FragCoord.xy) * block;
    corner.y = textureSize(samples, 0).y - block - corner.y;
    vec4 sum = vec4(0.0);
    for (int y = 0; y < block; y++)
        for (int x = 0; x < block; x++)
            sum += texelFetch(samples, corner + ivec2(x, y), 0);
    straight = sum.a > 0.0 ? vec4(sum.rgb / sum.a, sum.a / float(block * block)) : vec4(0.0);
}

#endif
